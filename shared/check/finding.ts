import type { Seen } from './seen.ts';

/** A problem that `check` found. */
export type Finding = {
  /** A warning means that nothing is broken yet. */
  readonly severity: 'error' | 'warning';
  /** The resource or setting: `queue "priority"`. */
  readonly subject: string;
  readonly message: string;
  /** How to fix it. */
  readonly fix: string;
};

type Text = Pick<Finding, 'message' | 'fix'>;

/** Findings of one subject: each check says whether the problem exists, and its texts. */
export const findingsOf = (
  subject: string,
  ...checks: readonly (readonly [isSo: boolean, Finding['severity'], Text])[]
): Finding[] =>
  checks.filter(([isSo]) => isSo).map(([, severity, text]) => ({ severity, subject, ...text }));

/** Where the resources are. */
export type Place = {
  /** On this machine or on servers of your own, where `task-queue init` creates them. */
  readonly isLocal: boolean;
};

/** Returns the command that creates missing resources or corrects their properties. */
export const remedy = ({ isLocal }: Place): string =>
  isLocal ? '`task-queue init` creates it' : '`npx cdk deploy` creates it';

/** Findings about a resource, or one finding if it could not be read. */
export function findingsOfSeen<State>(
  subject: string,
  seen: Seen<State>,
  /** IAM actions that the check needs. */
  actions: string,
  place: Place,
  findings: (state: State) => Finding[],
): Finding[] {
  if ('state' in seen) return findings(seen.state);
  const { kind, message } = seen.trouble;
  const finding = {
    missing: { message: 'it does not exist', fix: `${remedy(place)}.` },
    denied: {
      message: `these credentials cannot read it: ${message}`,
      fix: `Allow ${actions}, or use other credentials (--aws-profile).`,
    },
    unreachable: {
      message: `it cannot be reached: ${message}`,
      fix: 'Check the network, the endpoint variables, the region and the credentials.',
    },
  }[kind];
  return [{ severity: 'error', subject, ...finding }];
}
