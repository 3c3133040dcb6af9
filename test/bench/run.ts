import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { checksOf, printedChecks } from './checks.ts';
import { SYSTEM_NAMES } from './job.ts';
import { describeMachine } from './machine.ts';
import { type Listener, measureStage } from './measure.ts';
import { type Options, OptionsError, parseOptions, USAGE } from './options.ts';
import { planOf, type Stage, secondsOf } from './plan.ts';
import { writeReport } from './report/write-report.ts';
import { type RunRecord, saveResults } from './results.ts';
import type { Measures } from './scenarios/scenario.ts';
import { SCENARIOS } from './scenarios/scenarios.ts';
import { format, printed, tableOf } from './table.ts';

const RESULTS = fileURLToPath(new URL('../../docs/benchmarks/results.json', import.meta.url));

/** Ctrl-C, when all processes are ended. */
class Interrupted extends Error {}

const say = (text: string): boolean => process.stdout.write(`${text}\n`);
const note = (text: string): boolean => process.stderr.write(`${text}\n`);

async function measure(options: Options): Promise<number> {
  const stages = planOf(options);
  if (stages.length === 0) {
    note('Nothing to do: none of these systems takes part in these scenarios.');
    return 2;
  }
  const minutes = secondsOf(stages, options.isQuick) / 60;
  note(`This takes about ${minutes < 2 ? 'a minute or two' : `${Math.ceil(minutes)} minutes`}.`);
  const file = options.json ?? (options.isFull ? RESULTS : undefined);
  const runs = await measureAll(stages, options.isQuick, file);
  say(printedChecks(checksOf(runs), options.isQuick));
  if (file) note(`Written to ${file}`);
  return runs.some(({ failure }) => failure !== undefined) ? 1 : 0;
}

async function measureAll(
  stages: readonly Stage[],
  isQuick: boolean,
  file: string | undefined,
): Promise<RunRecord[]> {
  const startedAt = performance.now();
  const machine = await describeMachine();
  const interrupted = once(process, 'SIGINT').then(() => Promise.reject(new Interrupted()));
  interrupted.catch(() => undefined);
  const listener = progress(stages);
  const runs: RunRecord[] = [];
  for (const stage of stages) {
    runs.push(...(await measureStage(stage, isQuick, listener, interrupted)));
    const { scenario, roundTripMs } = stage;
    say(
      `\n${scenario.name}: ${scenario.title}${roundTripMs > 0 ? `, ${roundTripMs} ms added` : ''}`,
    );
    say(printed(tableOf(scenario, roundTripMs, runs)));
    if (!file) continue;
    // After each stage: what was measured survives whatever happens later.
    const minutes = (performance.now() - startedAt) / 60_000;
    await saveResults(file, { machine, isQuick, minutes, runs });
  }
  return runs;
}

/** Says on stderr what runs now. */
function progress(stages: readonly Stage[]): Listener {
  const total = stages.reduce(
    (sum, { entries, repetitions }) => sum + entries.length * repetitions,
    0,
  );
  let started = 0;
  return {
    starts({ scenario, roundTripMs, repetitions }, label, repetition) {
      started += 1;
      const run = `run ${repetition} of ${repetitions}`;
      note(`[${started}/${total}] ${scenario.name}, +${roundTripMs} ms, ${run}: ${label}`);
    },
    ends({ label, measures, failure }) {
      note(
        failure === undefined ? `      ${inShort(measures)}` : `      FAILED ${label}: ${failure}`,
      );
    },
  };
}

const inShort = (measures: Measures): string =>
  Object.entries(measures)
    .map(([name, value]) => `${name} ${format(value, value < 100 ? 2 : 0)}`)
    .join(', ');

function list(): void {
  say('Scenarios');
  for (const { name, title } of SCENARIOS) say(`  ${name.padEnd(18)} ${title}`);
  say(`\nSystems\n  ${SYSTEM_NAMES.join(', ')}`);
}

async function main(args: readonly string[]): Promise<number> {
  const command = parseOptions(args);
  if (command.kind === 'measure') return measure(command.options);
  if (command.kind === 'report') await writeReport(command.json ?? RESULTS);
  else if (command.kind === 'list') list();
  else say(USAGE);
  return 0;
}

const describe = (error: unknown): string =>
  error instanceof OptionsError ? error.message : String(error);

function exitCodeOf(error: unknown): number {
  if (error instanceof OptionsError) return 2;
  return error instanceof Interrupted ? 130 : 1;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    note(error instanceof Interrupted ? 'Interrupted.' : describe(error));
    process.exit(exitCodeOf(error));
  },
);
