import type { SqlParts } from './postgres.ts';

/**
 * Stands for sql-wiring.ts, as `#sql`, in bundles of deployments with nothing on PostgreSQL: the
 * condition `without-sql` of package.json leaves a quarter of the enqueue function out.
 */
export const openSql = (): SqlParts => ({ brokers: new Map(), deadLetters: new Map() });
