import type { Start } from '../../shared/simulation/fleet.ts';
import type { QueueResult } from '../../shared/simulation/meter.ts';
import type { SimulationResult } from '../../shared/simulation/results.ts';
import { parseScenario, type ScenarioInput } from '../../shared/simulation/scenario.ts';
import { simulate } from '../../shared/simulation/simulate.ts';

/** One promise of the scheduler, and how a simulation measures it. */
export type Check = {
  /** `<group>/<what differs>`. */
  readonly name: string;
  /** The largest number that keeps the promise. */
  readonly limit: number;
  readonly unit: string;
  /** It measures this machine too, so more seeds would tell nothing more. @default false */
  readonly isTiming?: boolean;
  /** @param seed a whole number */
  measure(seed: number): Promise<number>;
};

/** Everything that happened in one simulation. */
export type Run = SimulationResult & {
  readonly starts: readonly Start[];
  of(queue: string): QueueResult;
};

export async function run(scenario: ScenarioInput, seed: number): Promise<Run> {
  const starts: Start[] = [];
  const result = await simulate(parseScenario(scenario, 'of the check'), {
    seed,
    onStart: (start) => void starts.push(start),
  });
  const of = (name: string): QueueResult => {
    const found = result.queues.find(({ queue }) => queue === name);
    if (!found) throw new Error(`no queue ${name}`);
    return found;
  };
  return { ...result, starts, of };
}

type QueueChanges = {
  readonly tier?: number;
  readonly minSlots?: number;
  readonly maxSlots?: number;
  readonly receive?: number;
};

export const onSqs = (
  name: string,
  weight: number,
  { receive, ...changes }: QueueChanges = {},
) => ({
  name,
  weight,
  ...changes,
  broker: { type: 'sqs', receive },
});

export const onPostgres = (
  name: string,
  weight: number,
  { receive, ...changes }: QueueChanges = {},
) => ({
  name,
  weight,
  ...changes,
  broker: { type: 'postgres', persistence: 'default', receive },
});

/** The queues of the default configuration. */
export const THREE = [onSqs('priority', 90), onSqs('standard', 30), onSqs('background', 10)];

export const THREE_ON_POSTGRES = [
  onPostgres('priority', 90),
  onPostgres('standard', 30),
  onPostgres('background', 10),
];

/** Keeps tasks of every one of these queues waiting. */
export const saturated = (
  queues: readonly { readonly name: string }[],
  runSeconds: ScenarioInput['arrivals'] extends (infer A)[] | undefined
    ? A extends { runSeconds: infer R }
      ? R
      : never
    : never,
  keepWaiting = 300,
) => queues.map(({ name: queue }) => ({ queue, runSeconds, keepWaiting }));

/** How far shares are from those of the weights, in percentage points. */
export function shareError(
  queues: readonly { readonly name: string; readonly weight: number }[],
  shareOf: (queue: string) => number,
): number {
  const total = queues.reduce((sum, { weight }) => sum + weight, 0);
  const errors = queues.map(({ name, weight }) => Math.abs(shareOf(name) - weight / total));
  return Math.max(...errors) * 100;
}
