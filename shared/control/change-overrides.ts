import { pause } from '../clock.ts';
import type { OwnStrategyNames, TaskQueueConfig } from '../config/config.ts';
import { defined } from '../defined.ts';
import { ConfigInvalidError, ControlConflictError } from '../errors.ts';
import type { ControlRecord, ControlStore } from './control-store.ts';
import type { Overrides } from './overrides.ts';

/** Another change may come first, and a read may be stale. */
const ATTEMPTS = 6;
const PAUSE_MS = 200;

type Options = {
  readonly control: ControlStore;
  readonly config: TaskQueueConfig;
  readonly changedBy: string;
  /** @default none */
  readonly ownStrategies?: OwnStrategyNames;
  /** Passes time. */
  readonly wait?: typeof pause;
};

export type OverridesChange = {
  readonly record: ControlRecord;
  /** False if the settings had these values already: then nothing was written. */
  readonly isChanged: boolean;
};

/**
 * Changes the live settings, starting from their latest state. Repeating it is harmless.
 * @throws {ConfigInvalidError} when workers of this configuration would refuse them
 * @throws {ControlConflictError} when other changes came first six times in a row
 */
export async function changeOverrides(
  change: (overrides: Overrides) => Overrides,
  { control, config, changedBy, ownStrategies, wait = pause }: Options,
): Promise<OverridesChange> {
  for (let attempt = 1; ; attempt++) {
    const record = await control.read();
    const next = withoutEmpty(change(record.overrides));
    if (JSON.stringify(next) === JSON.stringify(withoutEmpty(record.overrides))) {
      return { record, isChanged: false };
    }
    await assertUsable(next, record.overrides, config, ownStrategies);
    try {
      return { record: await control.write(record.version, next, changedBy), isChanged: true };
    } catch (error) {
      if (!(error instanceof ControlConflictError) || attempt === ATTEMPTS) throw error;
      await wait(PAUSE_MS * attempt);
    }
  }
}

/** Skips queues that were in the record before and are not in this configuration, as workers do. */
async function assertUsable(
  next: Overrides,
  before: Overrides,
  config: TaskQueueConfig,
  ownStrategies: OwnStrategyNames | undefined,
): Promise<void> {
  // Lazy: the help of the CLI loads this file, but needs no schema.
  const { parseOverrides } = await import('./parse-overrides.ts');
  const isOld = (queue: string): boolean =>
    before.queues?.[queue] !== undefined && !config.queues.some(({ name }) => name === queue);
  const queues = Object.entries(next.queues ?? {}).filter(([queue]) => !isOld(queue));
  const known = { ...next, queues: Object.fromEntries(queues) };
  const parsed = parseOverrides(known, config, ownStrategies);
  if ('problems' in parsed)
    throw new ConfigInvalidError('with these live settings', parsed.problems);
}

/** Removes settings without a value, and queues without settings. */
function withoutEmpty({ queues = {}, ...others }: Overrides): Overrides {
  const kept = Object.entries(queues)
    .map(([name, settings]) => [name, defined(settings)] as const)
    .filter(([, settings]) => Object.keys(settings).length > 0);
  return defined({ ...others, queues: kept.length > 0 ? Object.fromEntries(kept) : undefined });
}

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
