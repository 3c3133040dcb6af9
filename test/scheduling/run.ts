import { availableParallelism } from 'node:os';
import { optionsOf, runScript } from '../../functions/dev/script.ts';
import { printed } from '../bench/table.ts';
import type { Check } from './check.ts';
import { CHECKS } from './checks.ts';
import { measureAll } from './measure-all.ts';
import { writeReport } from './report.ts';
import { isKept, type Measured, numberText, saveResults } from './results.ts';

const USAGE = `Usage: npm run sim -- [options]

Runs the real worker in virtual time over models of SQS and PostgreSQL, and measures what the
scheduler promises. Prints the worst of all seeds beside the bound. The exit code is 1 if a promise
is broken.

  --seeds <number>  Seeds per scenario (default: 20)
  --jobs <number>   Processes at once (default: one per processor)
  --only <text>     Only scenarios whose name contains this text; repeatable
  --json            Print one JSON object per scenario
  --list            Print the names of the scenarios
  --save            Also write the results to docs/scheduling/results.json
  --report          Only write docs/scheduling.md and its charts from the saved results`;

const options = optionsOf(USAGE, {
  seeds: { type: 'string', default: '20' },
  jobs: { type: 'string', default: String(availableParallelism()) },
  only: { type: 'string', multiple: true },
  json: { type: 'boolean' },
  list: { type: 'boolean' },
  save: { type: 'boolean' },
  report: { type: 'boolean' },
});

const rowOf = (result: Measured): string[] => {
  const { name, limit, unit, worst, median, worstSeed } = result;
  return [
    name,
    `≤ ${numberText(limit)} ${unit}`,
    numberText(worst),
    numberText(median),
    String(worstSeed),
    isKept(result) ? 'ok' : 'NOT OK',
  ];
};

async function run(checks: readonly Check[]): Promise<number> {
  const counts = { seeds: numberOf('seeds', 1000), processes: numberOf('jobs', 64) };
  let started = 0;
  const all = await measureAll(checks, counts, {
    starts: ({ name }) => {
      started += 1;
      process.stderr.write(`[${started}/${checks.length}] ${name}\n`);
    },
    ends: (measured) => {
      if (options.json) process.stdout.write(`${JSON.stringify(measured)}\n`);
    },
  });
  const headers = ['scenario', 'bound', 'worst', 'median', 'seed', ''];
  if (!options.json) process.stdout.write(printed({ headers, rows: all.map(rowOf) }));
  const order = CHECKS.map(({ name }) => name);
  if (options.save) saveResults(all, order);
  return all.every(isKept) ? 0 : 1;
}

/** @throws one sentence when the option is no whole number in its range */
function numberOf(option: 'seeds' | 'jobs', most: number): number {
  const value = Number(options[option]);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new Error(`--${option} must be a whole number, 1 to ${most}.`);
}

async function main(): Promise<number> {
  const { only, list, report } = options;
  const chosen = CHECKS.filter(({ name }) => only?.some((text) => name.includes(text)) ?? true);
  if (chosen.length === 0) throw new Error('No scenario has such a name. See --list.');
  if (report) writeReport();
  else if (list) process.stdout.write(chosen.map(({ name }) => `${name}\n`).join(''));
  else return run(chosen);
  return 0;
}

runScript(main);
