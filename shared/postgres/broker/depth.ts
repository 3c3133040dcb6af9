import type { QueueDepth, QueueHealth } from '../../broker/broker.ts';
import type { Statement } from '../sql.ts';
import {
  COUNT,
  type CountRow,
  estimateOf,
  HEALTH,
  type HealthRow,
  type PlanRow,
} from './statements.ts';

/** Counted one by one up to here, in a few milliseconds. */
const COUNT_UP_TO = 10_000;

type Query = <Row extends CountRow | HealthRow | PlanRow>(statement: Statement) => Promise<Row[]>;

/** Messages of a queue: counted, or where there are too many, estimated from the table's statistics. */
export async function depthOf(queue: string, query: Query): Promise<QueueDepth> {
  const [counted] = await query<CountRow>({ ...COUNT, values: [queue, COUNT_UP_TO] });
  return completed(counted, queue, query);
}

/** Counts messages, their age and the dead letters: one statement while there are few. */
export async function healthOf(queue: string, query: Query): Promise<QueueHealth> {
  const [counted] = await query<HealthRow>({ ...HEALTH, values: [queue, COUNT_UP_TO] });
  return {
    ...(await completed(counted, queue, query)),
    oldestWaitSeconds: counted?.oldest_wait ?? 0,
    deadLetters: counted?.dead_letters ?? 0,
  };
}

/** Estimates what was not counted to its end. */
async function completed(
  counted: CountRow | undefined,
  queue: string,
  query: Query,
): Promise<QueueDepth> {
  const { visible = 0, invisible = 0, in_flight = 0 } = counted ?? {};
  const total = async (which: 'visible' | 'invisible', count: number): Promise<number> => {
    if (count < COUNT_UP_TO) return count;
    const [plan] = await query<PlanRow>({ ...estimateOf(which), values: [queue] });
    return Math.max(count, plan?.['QUERY PLAN'][0]?.Plan['Plan Rows'] ?? 0);
  };
  const allInvisible = await total('invisible', invisible);
  // With too many messages to count, the leased share of the counted ones is used for all.
  const inFlight = invisible === 0 ? 0 : Math.round((in_flight / invisible) * allInvisible);
  return {
    waiting: await total('visible', visible),
    inFlight,
    delayed: allInvisible - inFlight,
  };
}
