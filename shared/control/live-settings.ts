import type { StrategyName, TaskQueueConfig } from '../config/config.ts';
import type { Overrides } from './overrides.ts';

/** The settings of a queue that a running worker can change. */
export type LiveQueue = {
  readonly name: string;
  /** 1 to 10,000. */
  readonly weight: number;
  readonly tier: number;
  /** Most tasks per poll: 1 to 10, of a queue on PostgreSQL to 500. */
  readonly receive: number;
  readonly minSlots?: number | undefined;
  readonly maxSlots?: number | undefined;
  /** No task of it begins. */
  readonly paused: boolean;
};

/** What a worker goes by: the configuration with the overrides on top. */
export type LiveSettings = {
  readonly strategy: StrategyName;
  readonly lanes: boolean;
  /** By name: the queues that workers serve, in the order of the configuration. */
  readonly queues: ReadonlyMap<string, LiveQueue>;
};

type Configured = Pick<TaskQueueConfig, 'queues' | 'strategy' | 'worker'>;

/** Overrides of queues that this configuration does not have are left out. */
export function liveSettings(config: Configured, overrides: Overrides = {}): LiveSettings {
  const queues = config.queues.flatMap(({ name, weight, tier, minSlots, maxSlots, broker }) => {
    if (broker.type === 'memory') return [];
    const changes = overrides.queues?.[name] ?? {};
    const queue: LiveQueue = {
      name,
      tier,
      weight: changes.weight ?? weight,
      receive: changes.receive ?? broker.receive,
      minSlots: changes.minSlots ?? minSlots,
      maxSlots: changes.maxSlots ?? maxSlots,
      paused: overrides.paused === true || changes.paused === true,
    };
    return [[name, queue] as const];
  });
  return {
    strategy: overrides.strategy ?? config.strategy,
    lanes: overrides.lanes ?? config.worker.lanes,
    queues: new Map(queues),
  };
}

export type SettingChange = {
  /** E.g. `queues.priority.weight`. */
  readonly setting: string;
  /** `undefined`: its default. */
  readonly from: unknown;
  readonly to: unknown;
};

/** Everything that differs between two states of the settings. */
export function changesBetween(before: LiveSettings, after: LiveSettings): SettingChange[] {
  const old = flat(before);
  const now = flat(after);
  const names = new Set([...Object.keys(old), ...Object.keys(now)]);
  return [...names]
    .filter((setting) => old[setting] !== now[setting])
    .map((setting) => ({ setting, from: old[setting], to: now[setting] }));
}

function flat({ strategy, lanes, queues }: LiveSettings): Record<string, unknown> {
  const ofQueues = [...queues.values()].flatMap(({ name, ...settings }) =>
    Object.entries(settings).map(([key, value]) => [`queues.${name}.${key}`, value]),
  );
  return { strategy, lanes, ...Object.fromEntries(ofQueues) };
}
