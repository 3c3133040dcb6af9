import type { Overrides } from './overrides.ts';

type Change = (overrides: Overrides) => Overrides;
type QueueSettings = NonNullable<Overrides['queues']>[string];

/** Pauses these queues. Without names it pauses all queues at once. */
export const pausing = (queues: readonly string[]): Change =>
  queues.length === 0
    ? (overrides) => ({ ...overrides, paused: true })
    : ofQueues(queues, () => ({ paused: true }));

/** Resumes these queues, or all. A queue that was paused by name stays paused until it is resumed by name. */
export const resuming = (queues: readonly string[]): Change =>
  queues.length === 0
    ? (overrides) => ({ ...overrides, paused: undefined })
    : ofQueues(queues, () => ({ paused: undefined }));

/** Sets the weights of these queues. */
export const weighing = (weights: ReadonlyMap<string, number>): Change =>
  ofQueues([...weights.keys()], (queue) => ({ weight: weights.get(queue) }));

/** Resets the weights of these queues, or of all, to the configuration. */
export const unweighing =
  (queues: readonly string[]): Change =>
  (overrides) => {
    const names = queues.length > 0 ? queues : Object.keys(overrides.queues ?? {});
    return ofQueues(names, () => ({ weight: undefined }))(overrides);
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
