import { statsView } from '../../shared/api/views.ts';
import { isoTime } from '../../shared/clock.ts';
import {
  EXECUTION_FIELDS,
  ExecutionTimesByName,
  RAN_TO_AN_END,
} from '../../shared/task-log/execution-times.ts';
import { strictObject } from '../../shared/validation.ts';
import type { Wiring } from '../wiring/wiring.ts';
import { ownerToRead } from './caller.ts';
import { parseQuery, type RouteHandler } from './http.ts';
import { isoDateTime } from './query-fields.ts';

/** GET /queues → 200 `{ queues }`: weight, share of the work, and depth of each. */
export const listQueues =
  ({ config, brokers }: Pick<Wiring, 'config' | 'brokers'>): RouteHandler =>
  async () => {
    const totalWeight = config.queues.reduce((sum, { weight }) => sum + weight, 0);
    const defaultQueue = config.defaultQueue ?? config.queues[0]?.name;
    const queues = await Promise.all(
      config.queues.map(async ({ name, weight, broker }) => ({
        name,
        weight,
        share: weight / totalWeight,
        broker: broker.type,
        isDefault: name === defaultQueue,
        depth: await brokers.get(name)?.depth(),
      })),
    );
    return { status: 200, body: { queues } };
  };

/**
 * GET /stats → 200, counts over the caller's tasks; for an admin, over everyone's. The cost does not
 * depend on the number of tasks. A change shows after a few seconds.
 */
export const getStats =
  ({ stats }: Pick<Wiring, 'stats'>): RouteHandler =>
  async ({ caller: { owner, isAdmin } }) => ({
    status: 200,
    body: statsView(await stats.read(isAdmin ? undefined : owner)),
  });

const MAX_DAYS = 31;
const DAY_MS = 86_400_000;

/** The query string of GET /stats/execution-times. */
export const executionTimesQuery = strictObject({
  from: isoDateTime,
  to: isoDateTime,
}).superRefine(
  ({ from, to }, context) => {
    const problem = (message: string): void =>
      context.addIssue({ code: 'custom', path: ['to'], message });
    if (to <= from) problem('must be later than from');
    if (to - from > MAX_DAYS * DAY_MS) problem(`must be at most ${MAX_DAYS} days after from`);
  },
  { when: () => true },
);

/**
 * GET /stats/execution-times → 200 `{ from, to, tasks, recordsRead }`: execution times in seconds by
 * task name, over tasks created in the range. Covers the caller's tasks; for an admin, everyone's.
 */
export const getExecutionTimes =
  ({ log }: Pick<Wiring, 'log'>): RouteHandler =>
  async (request) => {
    const { from, to } = parseQuery(executionTimesQuery, request);
    const times = new ExecutionTimesByName();
    const owner = ownerToRead(request.caller);
    const { recordsRead } = await log.visit(
      { ...RAN_TO_AN_END, owner, createdAfter: from, createdBefore: to },
      EXECUTION_FIELDS,
      (task) => times.add(task),
    );
    return {
      status: 200,
      body: { from: isoTime(from), to: isoTime(to), tasks: times.summary(), recordsRead },
    };
  };
