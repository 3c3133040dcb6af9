import type { Overrides } from './overrides.ts';

/** The settings that were changed on the running system. */
export type ControlRecord = {
  /** The number of changes so far. */
  readonly version: number;
  readonly overrides: Overrides;
  /** ISO 8601, UTC. */
  readonly changedAt?: string;
  /** Who changed it, for the workers' log. */
  readonly changedBy?: string;
};

/**
 * Keeps one control record, which every worker reads every 30 s. Every adapter passes the suite in
 * test/contract/control-store-contract.ts.
 *
 * @throws {LogUnavailableError} from every method when the store cannot be reached
 */
export interface ControlStore {
  /** Returns the record. It may miss a change of the last moment. */
  read(): Promise<ControlRecord>;

  /**
   * Replaces all overrides. They must have passed `parseOverrides`.
   * @param version of the record that the overrides were derived from
   * @throws {ControlConflictError} if the record has changed since: read it and decide again
   */
  write(version: number, overrides: Overrides, changedBy: string): Promise<ControlRecord>;
}
