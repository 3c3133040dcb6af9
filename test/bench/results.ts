import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Machine } from './machine.ts';
import type { Measures, RoundTrip, ScenarioName } from './scenarios/scenario.ts';
import { type Spread, spreadOf } from './statistics.ts';

/** One run, as it is kept. */
export type RunRecord = {
  readonly scenario: ScenarioName;
  readonly label: string;
  readonly roundTripMs: RoundTrip;
  /** From 1. */
  readonly repetition: number;
  readonly measures: Measures;
  /** Why it is no result. */
  readonly failure?: string;
};

export type Results = {
  readonly machine: Machine;
  /** Small counts: not to be taken for numbers. */
  readonly isQuick: boolean;
  readonly minutes: number;
  readonly runs: readonly RunRecord[];
};

/** The fields that identify a number. */
export type Place = Pick<RunRecord, 'scenario' | 'label' | 'roundTripMs'>;

/** Median, lowest and highest of a measure over the runs that succeeded; `undefined` if none did. */
export function spreadAt(
  runs: readonly RunRecord[],
  { scenario, label, roundTripMs }: Place,
  measure: string,
): Spread | undefined {
  const values = runs
    .filter((run) => run.failure === undefined && run.scenario === scenario)
    .filter((run) => run.label === label && run.roundTripMs === roundTripMs)
    .flatMap(({ measures }) => measures[measure] ?? []);
  return values.length === 0 ? undefined : spreadOf(values);
}

/** Creates the file and its folder, or replaces it. */
export async function saveResults(file: string, results: Results): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(results, rounded, 2)}\n`);
}

const rounded = (_key: string, value: unknown): unknown =>
  typeof value === 'number' ? Math.round(value * 10_000) / 10_000 : value;
