import type { BenchStack } from '../bench-stack.ts';
import type { ChildReport, SystemName } from '../job.ts';

export const SCENARIO_NAMES = [
  'burn-10',
  'burn-100',
  'ten-ms',
  'idle-latency',
  'saturated',
  'low-only',
  'sparse-priority',
  'idle-requests',
  'memory',
] as const;
export type ScenarioName = (typeof SCENARIO_NAMES)[number];

/** Milliseconds that are added to every request. */
export const ROUND_TRIPS = [0, 10] as const;
export type RoundTrip = (typeof ROUND_TRIPS)[number];

/** Results of one run: name with unit → number. */
export type Measures = Readonly<Record<string, number>>;

export type RunSettings = {
  readonly stack: BenchStack;
  readonly roundTripMs: RoundTrip;
  /** From 1; the seed of everything random. */
  readonly repetition: number;
  /** Small counts and short windows: shows that it works, and no more. */
  readonly isQuick: boolean;
};

/** One line of a scenario's table. */
export type Entry = {
  /** Unique within the scenario. */
  readonly label: string;
  readonly system: SystemName;
  run(settings: RunSettings): Promise<Measures>;
};

export type Column = {
  readonly header: string;
  /** Name of the measure. */
  readonly measure: string;
  readonly digits: number;
  /** Label whose value is 1: the column shows ratios. */
  readonly relativeTo?: string;
  /** Shows the ratio in percent. */
  readonly isPercent?: boolean;
  /** Shows the lowest and highest run as well. */
  readonly hasSpread?: boolean;
};

export type Scenario = {
  readonly name: ScenarioName;
  /** One sentence. */
  readonly title: string;
  readonly entries: readonly Entry[];
  readonly columns: readonly Column[];
  /** Returns the reason why a completed run counts as failed, if there is one. */
  problemIn?(measures: Measures): string | undefined;
  /** How often each entry runs; 0 where a round trip would show nothing. */
  readonly runs: Readonly<Record<RoundTrip, number>>;
  /** Mean duration of a run on two cores, for the estimate. */
  readonly secondsPerRun: Readonly<Record<RoundTrip, number>>;
  /** The entries are run at the same time, because they do next to nothing. */
  readonly runsTogether?: 'always' | 'when quick';
};

/** The queues of the scenarios with more than one, weighted as in the shipped configuration. */
export const WEIGHTS = { priority: 90, standard: 30, background: 10 } as const;

export const requestsOf = (requests: ChildReport['requests'], prefix = ''): number =>
  Object.entries(requests)
    .filter(([operation]) => operation.startsWith(prefix))
    .reduce((sum, [, count]) => sum + count, 0);

/** For scenarios in which lanes matter: the entry of a system, with them or without. */
export const entryWith =
  (run: (system: SystemName, lanes: boolean, settings: RunSettings) => Promise<Measures>) =>
  (system: SystemName, label: string = system, lanes = false): Entry => ({
    label,
    system,
    run: (settings) => run(system, lanes, settings),
  });
