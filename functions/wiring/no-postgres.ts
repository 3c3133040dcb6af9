import type { SqlParts } from './postgres.ts';

/**
 * Replaces postgres.ts, as `#sql`, in bundles of deployments without PostgreSQL. The condition
 * `without-sql` of package.json selects it. The enqueue function gets a quarter smaller.
 */
export const openSql = (): SqlParts => ({ brokers: new Map(), deadLetters: new Map() });
