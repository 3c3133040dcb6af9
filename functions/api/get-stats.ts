import type { StatsReader } from '../../shared/stats/stats-store.ts';
import { statsView } from '../../shared/stats/stats-view.ts';
import type { Route } from './http.ts';

/**
 * GET /stats → 200, over the caller's tasks, an admin's over everybody's. Costs the same however
 * many there are; a change of a task shows after a few seconds.
 */
export const getStats =
  (stats: StatsReader): Route =>
  async ({ caller: { owner, isAdmin } }) => ({
    status: 200,
    body: statsView(await stats.read(isAdmin ? undefined : owner)),
  });
