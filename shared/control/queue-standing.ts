import type { TaskQueueConfig } from '../config/config.ts';
import { liveSettings } from './live-settings.ts';
import type { Overrides } from './overrides.ts';

/** How a queue stands to the others. */
export type QueueStanding = {
  readonly name: string;
  /** By which workers go. */
  readonly weight: number;
  /** Where that comes from. */
  readonly weightFrom: 'configuration' | 'live settings';
  readonly configuredWeight: number;
  readonly tier: number;
  readonly paused: boolean;
  /**
   * Of the work of its tier while every queue has some, 0 to 1. Absent when it is not by weight: with
   * strict priority, and for sync queues, whose tasks run in the caller.
   */
  readonly share?: number;
};

/** All queues of a configuration, as workers see them with these overrides. */
export function queueStandings(config: TaskQueueConfig, overrides: Overrides): QueueStanding[] {
  const { strategy, queues } = liveSettings(config, overrides);
  const working = [...queues.values()].filter(({ paused }) => !paused);
  const weightOfTier = (tier: number): number =>
    working.filter((queue) => queue.tier === tier).reduce((sum, { weight }) => sum + weight, 0);
  return config.queues.map(({ name, weight: configuredWeight, tier }) => {
    const { weight, paused } = queues.get(name) ?? { weight: configuredWeight, paused: false };
    const isLive = overrides.queues?.[name]?.weight !== undefined && queues.has(name);
    const hasShare = queues.has(name) && strategy !== 'strict-priority';
    return {
      name,
      weight,
      weightFrom: isLive ? 'live settings' : 'configuration',
      configuredWeight,
      tier,
      paused,
      ...(hasShare && { share: paused ? 0 : weight / weightOfTier(tier) }),
    };
  });
}
