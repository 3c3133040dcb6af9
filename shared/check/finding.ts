/** Something that is wrong, or will be. */
export type Finding = {
  /** A warning is worth a look, and nothing is broken. */
  readonly severity: 'error' | 'warning';
  /** Where it is: `queue "priority"`. */
  readonly subject: string;
  readonly message: string;
  /** What to do about it. */
  readonly fix: string;
};

type Text = Pick<Finding, 'message' | 'fix'>;

/** Findings of one subject, from pairs of "is it so?" and what it means. */
export const findingsOf = (
  subject: string,
  ...checks: readonly (readonly [isSo: boolean, Finding['severity'], Text])[]
): Finding[] =>
  checks.filter(([isSo]) => isSo).map(([, severity, text]) => ({ severity, subject, ...text }));
