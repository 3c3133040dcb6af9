import { pause } from '../clock.ts';
import type { TaskQueueConfig } from '../config/config.ts';
import { defined } from '../defined.ts';
import { ConfigInvalidError, ControlConflictError } from '../errors.ts';
import type { ControlRecord, ControlStore } from './control-store.ts';
import type { Overrides } from './overrides.ts';
import { parseOverrides } from './parse-overrides.ts';

/** Another change may come first, and a read may be stale. */
const ATTEMPTS = 6;
const PAUSE_MS = 200;

type Options = {
  readonly control: ControlStore;
  readonly config: TaskQueueConfig;
  readonly changedBy: string;
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
  { control, config, changedBy, wait = pause }: Options,
): Promise<OverridesChange> {
  for (let attempt = 1; ; attempt++) {
    const record = await control.read();
    const next = withoutEmpty(change(record.overrides));
    if (JSON.stringify(next) === JSON.stringify(withoutEmpty(record.overrides))) {
      return { record, isChanged: false };
    }
    assertUsable(next, record.overrides, config);
    try {
      return { record: await control.write(record.version, next, changedBy), isChanged: true };
    } catch (error) {
      if (!(error instanceof ControlConflictError) || attempt === ATTEMPTS) throw error;
      await wait(PAUSE_MS * attempt);
    }
  }
}

/** Skips queues that were in the record before and are not in this configuration, as workers do. */
function assertUsable(next: Overrides, before: Overrides, config: TaskQueueConfig): void {
  const isOld = (queue: string): boolean =>
    before.queues?.[queue] !== undefined && !config.queues.some(({ name }) => name === queue);
  const queues = Object.entries(next.queues ?? {}).filter(([queue]) => !isOld(queue));
  const parsed = parseOverrides({ ...next, queues: Object.fromEntries(queues) }, config);
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
