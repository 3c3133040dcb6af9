import type { Finding } from './finding.ts';
import type { Seen } from './seen.ts';

/** The known addresses of the resources. */
export type Place = {
  /** On this machine, or on servers of one's own: `task-queue init` creates things there. */
  readonly isLocal: boolean;
};

/** How things get there that are missing, or get the properties they should have. */
export const remedy = ({ isLocal }: Place): string =>
  isLocal ? '`task-queue init` creates it' : '`npx cdk deploy` creates it';

/** Findings about a resource, or the one that it could not be looked at. */
export function findingsOfSeen<State>(
  subject: string,
  seen: Seen<State>,
  /** IAM actions that looking takes. */
  actions: string,
  place: Place,
  findings: (state: State) => Finding[],
): Finding[] {
  if ('state' in seen) return findings(seen.state);
  const { kind, message } = seen.trouble;
  const finding = {
    missing: { message: 'it is not there', fix: `${remedy(place)}.` },
    denied: {
      message: `these credentials may not look at it: ${message}`,
      fix: `Allow ${actions}, or use other credentials (--aws-profile).`,
    },
    unreachable: {
      message: `it cannot be reached: ${message}`,
      fix: 'Look at the network, the endpoint variables, the region and the credentials.',
    },
  }[kind];
  return [{ severity: 'error', subject, ...finding }];
}
