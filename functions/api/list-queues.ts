import type { Wiring } from '../wiring/wiring.ts';
import type { Route } from './http.ts';

/** GET /queues → 200 `{ queues }`: weight, share of the work, and how many tasks are where. */
export const listQueues =
  ({ config, brokers }: Pick<Wiring, 'config' | 'brokers'>): Route =>
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
