/**
 * One step of the schema, forward only. It runs in a transaction, while workers of the version before
 * are at work: it may add tables, indexes and columns with defaults, and must leave alone what they
 * use. What takes long on a full table does not belong here.
 */
export type Migration = {
  /** Description for people. */
  readonly name: string;
  readonly sql: string;
  /**
   * Code that works with the schema before works with this one, too: so it goes on while new code is
   * deployed, or when that is taken back. Without it, older code is refused from then on.
   */
  readonly isAdditive?: true;
};
