import type { StrategyName, TaskQueueConfig } from '../config/config.ts';
import type { Overrides } from './overrides.ts';

/** The settings of a queue that a running worker can change. */
type LiveQueue = {
  readonly name: string;
  /** 1 to 10,000. */
  readonly weight: number;
  readonly tier: number;
  /** Most tasks per poll: 1 to 10, of a queue on PostgreSQL to 500. */
  readonly receive: number;
  readonly minSlots?: number | undefined;
  readonly maxSlots?: number | undefined;
  /** True while none of its tasks may start. */
  readonly paused: boolean;
};

/** The settings that a worker uses: the configuration with the overrides on top. */
export type LiveSettings = {
  readonly strategy: StrategyName;
  readonly lanes: boolean;
  /** The queues that workers serve, by name, in the order of the configuration. */
  readonly queues: ReadonlyMap<string, LiveQueue>;
};

type Configured = Pick<TaskQueueConfig, 'queues' | 'strategy' | 'worker'>;

/** Applies overrides to a configuration. Ignores overrides of queues that it does not have. */
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

type SettingChange = {
  /** For example `queues.priority.weight`. */
  readonly setting: string;
  /** `undefined` stands for the default. */
  readonly from: unknown;
  readonly to: unknown;
};

/** Returns every setting that differs between two states. */
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

/** The settings of a queue that are in effect, and its share of the work. */
export type EffectiveQueue = {
  readonly name: string;
  /** The weight that workers use. */
  readonly weight: number;
  /** Where `weight` comes from. */
  readonly weightFrom: 'configuration' | 'live settings';
  readonly configuredWeight: number;
  readonly tier: number;
  readonly paused: boolean;
  /**
   * Share of the work of its tier while every queue has tasks, 0 to 1. Absent if weights alone do not decide:
   * with strict priority, with strategies of the project, and for sync queues, whose tasks run in the caller.
   */
  readonly share?: number;
};

/** With these, shares follow from weights alone. A list of its own, so that the CLI's help loads no schema. */
const BY_WEIGHT: readonly StrategyName[] = ['weighted', 'weighted-time', 'weighted-random'];

/** Returns all queues of a configuration, as workers see them with these overrides. */
export function effectiveQueues(config: TaskQueueConfig, overrides: Overrides): EffectiveQueue[] {
  const { strategy, queues } = liveSettings(config, overrides);
  const working = [...queues.values()].filter(({ paused }) => !paused);
  const weightOfTier = (tier: number): number =>
    working.filter((queue) => queue.tier === tier).reduce((sum, { weight }) => sum + weight, 0);
  return config.queues.map(({ name, weight: configuredWeight, tier }) => {
    const { weight, paused } = queues.get(name) ?? { weight: configuredWeight, paused: false };
    const isLive = overrides.queues?.[name]?.weight !== undefined && queues.has(name);
    const share = paused ? 0 : weight / weightOfTier(tier);
    const hasShare = queues.has(name) && BY_WEIGHT.includes(strategy);
    return {
      name,
      weight,
      weightFrom: isLive ? 'live settings' : 'configuration',
      configuredWeight,
      tier,
      paused,
      share: hasShare ? share : undefined,
    };
  });
}
