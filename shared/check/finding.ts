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
