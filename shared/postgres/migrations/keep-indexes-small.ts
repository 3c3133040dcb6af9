import type { Migration } from './migration.ts';

/**
 * Every task leaves entries of the states it has passed in the index by status. By default they are cleared
 * away when a fifth of the table is dead, and a list of the few tasks that run would read all of them.
 */
export const keepIndexesSmall: Migration = {
  name: 'vacuum the task log after a hundredth of it has changed',
  isAdditive: true,
  sql: `
    alter table task_queue.task_log set (
      autovacuum_vacuum_scale_factor = 0.01,
      autovacuum_vacuum_cost_delay = 0
    )`,
};
