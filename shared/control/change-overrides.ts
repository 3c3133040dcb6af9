import { pause } from '../clock.ts';
import type { TaskQueueConfig } from '../config/config.ts';
import { ConfigInvalidError, ControlConflictError } from '../errors.ts';
import type { ControlRecord, ControlStore } from './control-store.ts';
import type { Overrides } from './overrides.ts';
import { parseOverrides } from './parse-overrides.ts';

/** Somebody else may be faster, and a read may lag behind. */
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
  /** False: it was like that already, and nothing was written. */
  readonly isChanged: boolean;
};

/**
 * Changes the live settings, from whatever they are by then. Repeating it is harmless.
 * @throws {ConfigInvalidError} when workers of this configuration would refuse them
 * @throws {ControlConflictError} when others were faster time and again
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

/** Queues that the record had already and this configuration has not are passed over, as workers do. */
function assertUsable(next: Overrides, before: Overrides, config: TaskQueueConfig): void {
  const isOld = (queue: string): boolean =>
    before.queues?.[queue] !== undefined && !config.queues.some(({ name }) => name === queue);
  const queues = Object.entries(next.queues ?? {}).filter(([queue]) => !isOld(queue));
  const parsed = parseOverrides({ ...next, queues: Object.fromEntries(queues) }, config);
  if ('problems' in parsed)
    throw new ConfigInvalidError('with these live settings', parsed.problems);
}

/** Without what says nothing: a queue without settings, settings without a value. */
function withoutEmpty({ queues = {}, ...others }: Overrides): Overrides {
  const kept = Object.entries(queues)
    .map(([name, settings]) => [name, defined(settings)] as const)
    .filter(([, settings]) => Object.keys(settings).length > 0);
  return { ...defined(others), ...(kept.length > 0 && { queues: Object.fromEntries(kept) }) };
}

const defined = <Settings extends object>(settings: Settings): Settings =>
  Object.fromEntries(
    Object.entries(settings).filter(([, value]) => value !== undefined),
  ) as Settings;
