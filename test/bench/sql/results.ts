import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Machine } from '../machine.ts';
import { type Spread, spreadOf } from '../statistics.ts';
import type { Values } from './job.ts';
import type { Entry } from './plan.ts';

/** One trial, as it is kept. */
export type TrialRecord = Pick<Entry, 'part' | 'title' | 'label'> & {
  /** From 1. */
  readonly trial: number;
  readonly values: Values;
};

export type SqlResults = {
  readonly machine: Machine;
  /** Small counts: not to be taken for numbers. */
  readonly isQuick: boolean;
  readonly minutes: number;
  readonly trials: readonly TrialRecord[];
};

/** Spread of a value over all trials of one line; `undefined` if it was not measured. */
export function spreadAt(
  trials: readonly TrialRecord[],
  { title, label }: Pick<Entry, 'title' | 'label'>,
  value: string,
): Spread | undefined {
  const values = trials
    .filter((trial) => trial.title === title && trial.label === label)
    .flatMap((trial) => trial.values[value] ?? []);
  return values.length === 0 ? undefined : spreadOf(values);
}

/** Creates the file and its folder, or replaces it. */
export async function saveSqlResults(file: string, results: SqlResults): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(results, rounded, 2)}\n`);
}

/** @throws one sentence when there are none */
export async function readSqlResults(file: string): Promise<SqlResults> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as SqlResults;
  } catch (cause) {
    throw new Error(`No results in ${file}: npm run bench:sql writes them.`, { cause });
  }
}

const rounded = (_key: string, value: unknown): unknown =>
  typeof value === 'number' ? Math.round(value * 1000) / 1000 : value;
