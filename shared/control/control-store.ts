import type { Overrides } from './overrides.ts';

/** What people have changed on the running system. */
export type ControlRecord = {
  /** 1 for the first change, one more with each. 0: nothing was ever changed. */
  readonly version: number;
  readonly overrides: Overrides;
  /** ISO 8601, UTC. */
  readonly changedAt?: string;
  /** Who, for the log of the workers. */
  readonly changedBy?: string;
};

/**
 * Keeps the one control record, which every worker reads every 30 s. Every adapter passes the suite
 * in test/contract/control-store-contract.ts.
 *
 * @throws {LogUnavailableError} from every method when the store cannot be reached
 */
export interface ControlStore {
  /** May lag a moment behind the latest change. */
  read(): Promise<ControlRecord>;

  /**
   * Replaces the overrides as a whole. They must have passed `parseOverrides`.
   * @param version of the record that they were derived from
   * @throws {ControlConflictError} when somebody else was faster: read again, decide again
   */
  write(version: number, overrides: Overrides, changedBy: string): Promise<ControlRecord>;
}
