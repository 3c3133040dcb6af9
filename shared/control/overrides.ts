import * as z from 'zod';
import { LIVE, settings, type TaskQueueConfig } from '../config/config.ts';
import { laneProblems } from '../config/lanes.ts';
import type { FieldProblem } from '../errors.ts';
import { fieldProblems } from '../field-problems.ts';
import { liveSettings } from './live-settings.ts';

const overridesSchema = settings({
  /** No worker begins a task of any queue. */
  paused: z.boolean().optional(),
  strategy: LIVE.strategy.optional(),
  lanes: z.boolean().optional(),
  queues: z
    .record(
      z.string(),
      settings({
        paused: z.boolean().optional(),
        weight: LIVE.weight.optional(),
        receive: LIVE.receive.optional(),
        minSlots: LIVE.minSlots.optional(),
        maxSlots: LIVE.maxSlots.optional(),
      }),
    )
    .optional(),
});

/** What differs, for now, from the configuration that was deployed. What is absent is as deployed. */
export type Overrides = z.infer<typeof overridesSchema>;

/** The overrides, or all that is wrong with them for workers of this configuration. */
export function parseOverrides(
  raw: unknown,
  config: TaskQueueConfig,
): { overrides: Overrides } | { problems: FieldProblem[] } {
  const parsed = overridesSchema.safeParse(raw);
  if (!parsed.success) return { problems: fieldProblems(parsed.error) };
  const problems = [...unknownQueues(parsed.data, config), ...starving(parsed.data, config)];
  return problems.length > 0 ? { problems } : { overrides: parsed.data };
}

function unknownQueues({ queues = {} }: Overrides, config: TaskQueueConfig): FieldProblem[] {
  const known = config.queues.filter(({ broker }) => broker.type !== 'memory');
  const names = known.map(({ name }) => name);
  return Object.keys(queues)
    .filter((name) => !names.includes(name))
    .map((name) => ({
      path: `queues.${name}`,
      message: `is not a queue that workers serve; they serve: ${names.join(', ')}`,
    }));
}

function starving(overrides: Overrides, config: TaskQueueConfig): FieldProblem[] {
  const { lanes, queues } = liveSettings(config, overrides);
  return lanes ? laneProblems([...queues.values()], config.worker.concurrency) : [];
}
