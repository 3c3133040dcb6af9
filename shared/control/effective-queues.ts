import type { TaskQueueConfig } from '../config/config.ts';
import { liveSettings } from './live-settings.ts';
import type { Overrides } from './overrides.ts';

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
   * Share of the work of its tier while every queue has tasks, 0 to 1. Absent if weights do not decide: with
   * strict priority, and for sync queues, whose tasks run in the caller.
   */
  readonly share?: number;
};

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
    const hasShare = queues.has(name) && strategy !== 'strict-priority';
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
