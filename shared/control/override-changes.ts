import type { Overrides } from './overrides.ts';

type Change = (overrides: Overrides) => Overrides;
type QueueSettings = NonNullable<Overrides['queues']>[string];

/** No task begins any more: of these queues, or of any. */
export const pausing = (queues: readonly string[]): Change =>
  queues.length === 0
    ? (overrides) => ({ ...overrides, paused: true })
    : ofQueues(queues, () => ({ paused: true }));

/** Undoes that: queues that were paused by name stay so until they are resumed by name. */
export const resuming = (queues: readonly string[]): Change =>
  queues.length === 0
    ? (overrides) => ({ ...overrides, paused: undefined })
    : ofQueues(queues, () => ({ paused: undefined }));

export const weighing = (weights: ReadonlyMap<string, number>): Change =>
  ofQueues([...weights.keys()], (queue) => ({ weight: weights.get(queue) }));

/** As configured: these queues, or all. */
export const unweighing =
  (queues: readonly string[]): Change =>
  (overrides) => {
    const meant = queues.length > 0 ? queues : Object.keys(overrides.queues ?? {});
    return ofQueues(meant, () => ({ weight: undefined }))(overrides);
  };

const ofQueues =
  (names: readonly string[], settings: (name: string) => QueueSettings): Change =>
  ({ queues = {}, ...others }) => ({
    ...others,
    queues: {
      ...queues,
      ...Object.fromEntries(names.map((name) => [name, { ...queues[name], ...settings(name) }])),
    },
  });
