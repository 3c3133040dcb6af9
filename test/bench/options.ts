import { parseArgs } from 'node:util';
import { SYSTEM_NAMES, type SystemName } from './job.ts';
import {
  ROUND_TRIPS,
  type RoundTrip,
  SCENARIO_NAMES,
  type ScenarioName,
} from './scenarios/scenario.ts';

export const USAGE = `Measures the worker beside other ways to work on SQS queues, on this machine, against emulators.

  npm run bench                                      everything; writes docs/benchmarks/results.json
  npm run bench -- --quick                           shows in a minute that all of it works; no numbers to keep
  npm run bench -- --scenario burn-100,ten-ms        only these
  npm run bench -- --system ours,raw --runs 3        only these systems, three times each
  npm run bench -- --rtt 10 --json /tmp/bench.json   only with 10 ms added to each request; kept in a file
  npm run bench -- --report                          docs/benchmarks.md and its charts from the results

  --scenario A,B    of --list; default: all
  --system A,B      of --list; default: all
  --runs N          of each, 1 to 100; default: as many as each scenario needs
  --rtt 0|10|both   milliseconds added to each request; default: both, with --quick 0
  --quick           one run of each with small counts
  --json FILE       where results go, or with --report come from
  --report          measures nothing
  --list            names of the scenarios and systems
  --help

Compare numbers of one run only: they depend on the machine. Exit code 1 when a run failed.`;

export type Options = {
  readonly scenarios: readonly ScenarioName[];
  readonly systems: readonly SystemName[];
  /** Absent: what each scenario needs. */
  readonly runs: number | undefined;
  readonly roundTrips: readonly RoundTrip[];
  readonly isQuick: boolean;
  readonly json: string | undefined;
  /** Nothing was left out: these results may replace the published ones. */
  readonly isFull: boolean;
};

export type Command =
  | { readonly kind: 'measure'; readonly options: Options }
  | { readonly kind: 'report'; readonly json: string | undefined }
  | { readonly kind: 'list' | 'help' };

/** A command line that cannot be understood. The message is for people. */
export class OptionsError extends Error {}

/** @throws {OptionsError} */
export function parseOptions(args: readonly string[]): Command {
  const values = parse(args);
  if (values.help) return { kind: 'help' };
  if (values.list) return { kind: 'list' };
  if (values.report) return { kind: 'report', json: values.json };
  const { scenario, system, runs, rtt, quick = false, json } = values;
  const isFull = !quick && [scenario, system, runs, rtt].every((value) => value === undefined);
  return {
    kind: 'measure',
    options: {
      scenarios: namesIn(scenario, SCENARIO_NAMES, '--scenario'),
      systems: namesIn(system, SYSTEM_NAMES, '--system'),
      runs: runs === undefined ? undefined : runsIn(runs),
      roundTrips: roundTripsIn(rtt ?? (quick ? '0' : 'both')),
      isQuick: quick,
      json,
      isFull,
    },
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        scenario: { type: 'string' },
        system: { type: 'string' },
        runs: { type: 'string' },
        rtt: { type: 'string' },
        quick: { type: 'boolean' },
        json: { type: 'string' },
        report: { type: 'boolean' },
        list: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new OptionsError(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  }
}

function namesIn<Name extends string>(
  text: string | undefined,
  accepted: readonly Name[],
  option: string,
): readonly Name[] {
  if (text === undefined) return accepted;
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !accepted.some((known) => known === name));
  if (unknown.length > 0) {
    throw new OptionsError(
      `${option}: unknown ${unknown.map((name) => `"${name}"`).join(', ')}; accepted: ${accepted.join(', ')}`,
    );
  }
  return accepted.filter((name) => names.includes(name));
}

function runsIn(text: string): number {
  const runs = Number(text);
  if (Number.isInteger(runs) && runs >= 1 && runs <= 100) return runs;
  throw new OptionsError(`--runs: "${text}" is not one of 1 to 100`);
}

function roundTripsIn(text: string): readonly RoundTrip[] {
  if (text === 'both') return ROUND_TRIPS;
  const roundTrip = ROUND_TRIPS.find((milliseconds) => String(milliseconds) === text);
  if (roundTrip === undefined) {
    throw new OptionsError(`--rtt: unknown "${text}"; accepted: ${ROUND_TRIPS.join(', ')}, both`);
  }
  return [roundTrip];
}
