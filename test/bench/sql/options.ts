import { parseArgs } from 'node:util';
import { CONTENDER_NAMES } from './contenders/names.ts';

/** The file for the results of a complete run. */
export const RESULTS = 'docs/benchmarks/sql.json';

export const PARTS = ['enqueue', 'burn-down', 'latency', 'idle', 'claims'] as const;
export type Part = (typeof PARTS)[number];

export const USAGE = `Measures the broker on PostgreSQL and the worker beside pg-boss, graphile-worker and a raw loop, on one server with fsync.

  npm run bench:sql                                     everything, half an hour; writes docs/benchmarks/sql.json and sql.md
  npm run bench:sql -- --quick                          shows in two minutes that all of it works; no numbers to keep
  npm run bench:sql -- --only=burn-down --tasks=20000 --trials=3

  --only A,B        of ${PARTS.join(', ')}; default: all
  --contender A,B   of ${CONTENDER_NAMES.join(', ')}; default: all
  --tasks N         of each burn-down; default: 20000
  --trials N        of each, by turns, 1 to 100; default: 5
  --quick           one trial of each with small counts
  --json FILE       where results go; default, when nothing is left out: ${RESULTS}
  --report          docs/benchmarks/sql.md from the results; measures nothing
  --help`;

export type Options = {
  readonly parts: readonly Part[];
  /** Absent: all. */
  readonly contenders: readonly string[] | undefined;
  readonly tasks: number;
  readonly trials: number;
  readonly isQuick: boolean;
  readonly json: string | undefined;
  readonly isReport: boolean;
};

/** A command line that cannot be understood. The message is for people. */
export class OptionsError extends Error {}

/** @returns undefined: help is asked for. @throws {OptionsError} */
export function parseOptions(args: readonly string[]): Options | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  const { quick = false, report = false, only, contender, tasks, trials, json } = values;
  const isFull = !quick && [only, contender, tasks, trials].every((value) => value === undefined);
  return {
    parts: only === undefined ? PARTS : namesIn(only, PARTS, '--only'),
    contenders:
      contender === undefined ? undefined : namesIn(contender, CONTENDER_NAMES, '--contender'),
    tasks: numberIn(tasks, 1_000_000, '--tasks') ?? (quick ? 2000 : 20_000),
    trials: numberIn(trials, 100, '--trials') ?? (quick ? 1 : 5),
    isQuick: quick,
    json: json ?? (isFull ? RESULTS : undefined),
    isReport: report,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        only: { type: 'string' },
        contender: { type: 'string' },
        tasks: { type: 'string' },
        trials: { type: 'string' },
        quick: { type: 'boolean' },
        report: { type: 'boolean' },
        json: { type: 'string' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new OptionsError(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  }
}

function namesIn<Name extends string>(
  text: string,
  accepted: readonly Name[],
  option: string,
): readonly Name[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !accepted.some((known) => known === name));
  if (unknown.length > 0) {
    const quoted = unknown.map((name) => `"${name}"`).join(', ');
    throw new OptionsError(`${option}: unknown ${quoted}; accepted: ${accepted.join(', ')}`);
  }
  return accepted.filter((name) => names.includes(name));
}

function numberIn(text: string | undefined, most: number, option: string): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= most) return number;
  throw new OptionsError(`${option}: "${text}" is not one of 1 to ${most}`);
}
