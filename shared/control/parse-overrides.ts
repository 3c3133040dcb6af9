import { type OwnStrategyNames, strategyProblems, type TaskQueueConfig } from '../config/config.ts';
import { laneProblems } from '../config/lanes.ts';
import { MAX_RECEIVE } from '../config/schema.ts';
import type { FieldProblem } from '../errors.ts';
import { fieldProblems } from '../validation.ts';
import { liveSettings } from './live-settings.ts';
import { type Overrides, overridesSchema } from './overrides.ts';

/** Returns the overrides, or every problem that workers of this configuration would have with them. */
export function parseOverrides(
  raw: unknown,
  config: TaskQueueConfig,
  ownStrategies: OwnStrategyNames = [],
): { overrides: Overrides } | { problems: FieldProblem[] } {
  const parsed = overridesSchema.safeParse(raw);
  if (!parsed.success) return { problems: fieldProblems(parsed.error) };
  const problems = [
    ...strategyProblems(parsed.data, ownStrategies),
    ...unknownQueues(parsed.data, config),
    ...tooMany(parsed.data, config),
    ...starving(parsed.data, config),
  ];
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

/** The schema allows more messages at once than some brokers return. */
const tooMany = ({ queues = {} }: Overrides, config: TaskQueueConfig): FieldProblem[] =>
  config.queues.flatMap(({ name, broker }) => {
    const receive = queues[name]?.receive ?? 1;
    if (broker.type === 'memory' || receive <= MAX_RECEIVE[broker.type]) return [];
    const message = `${receive} is more than the ${MAX_RECEIVE[broker.type]} that a broker of type "${broker.type}" returns`;
    return [{ path: `queues.${name}.receive`, message }];
  });

function starving(overrides: Overrides, config: TaskQueueConfig): FieldProblem[] {
  const { lanes, queues } = liveSettings(config, overrides);
  return lanes ? laneProblems([...queues.values()], config.worker.concurrency) : [];
}
