import type { Command } from 'commander';
import {
  pausing,
  resuming,
  unweighing,
  weighing,
} from '../../../../shared/control/change-overrides.ts';
import { type EffectiveQueue, effectiveQueues } from '../../../../shared/control/live-settings.ts';
import type { Overrides } from '../../../../shared/control/overrides.ts';
import { type Cli, type Connection, cliOf, examples } from '../../cli.ts';
import { refuseAll } from '../../kit/cli-error.ts';
import { assertQueues, changeLive, shareText } from '../../kit/live-settings.ts';
import { list } from '../../kit/options/parse-option.ts';
import { textTable } from '../../terminal/text-table.ts';

type PauseOptions = { readonly queue?: readonly string[] };

/** `task-queue pause` and `task-queue resume`. */
export function addPauseCommands(program: Command): void {
  program
    .command('pause')
    .description('Stop workers from starting tasks; running tasks finish')
    .option('--queue <queues>', 'Only these queues, separated by commas', list)
    .addHelpText(
      'after',
      examples(['pause', 'pause all queues'], ['pause --queue background', 'only one queue']),
    )
    .action((options: PauseOptions, command: Command) => change(pausing, options, command));
  program
    .command('resume')
    .description('Undo pause')
    .option('--queue <queues>', 'Only these queues, separated by commas', list)
    .addHelpText(
      'after',
      `
Without --queue, queues that were paused by name stay paused.
${examples(['resume', 'resume all queues but those'], ['resume --queue background', 'only one queue'])}`,
    )
    .action((options: PauseOptions, command: Command) => change(resuming, options, command));
}

async function change(
  changing: typeof pausing,
  { queue: queues = [] }: PauseOptions,
  command: Command,
): Promise<void> {
  const cli = cliOf(command);
  const wiring = await cli.connect();
  assertQueues(queues, wiring);
  const { record } = await changeLive(cli, wiring, changing(queues));
  const { overrides } = record;
  const paused = pausedByName(overrides);
  cli.print({ paused: overrides.paused === true, pausedQueues: paused }, () => asText(overrides));
  if (changing === resuming && queues.length > 0 && overrides.paused) {
    cli.note('All queues are still paused. Run `task-queue resume`.');
  }
}

function asText(overrides: Overrides): string {
  const queues = pausedByName(overrides);
  const named = queues.length > 0 ? `paused by name: ${queues.join(', ')}` : '';
  if (overrides.paused)
    return ['All queues are paused.', named && `Also ${named}.`].join(' ').trim();
  return named ? `Running; ${named}.` : 'All queues are running.';
}

const pausedByName = ({ queues = {} }: Overrides): string[] =>
  Object.entries(queues).flatMap(([name, { paused }]) => (paused ? [name] : []));

/** `task-queue weights …` */
export function addWeightsCommand(program: Command): void {
  const weights = program
    .command('weights')
    .description('Show the configured and the current weights of the queues')
    .addHelpText('after', examples(['weights', 'show weights and shares']))
    .action(async (_options, command: Command) => {
      const cli = cliOf(command);
      const wiring = await cli.connect();
      show(cli, wiring, (await wiring.control.read()).overrides);
    });
  weights
    .command('set')
    .description('Change weights while workers run, without a deployment')
    .argument('<weights...>', 'queue=weight pairs; weights are 1 to 10,000')
    .addHelpText(
      'after',
      `
The configuration does not change. \`weights reset\` restores its weights.
${examples(['weights set priority=50 background=50', 'change two queues at once'])}`,
    )
    .action(async (texts: string[], _options, command: Command) => {
      const weights = parsed(texts);
      const cli = cliOf(command);
      const wiring = await cli.connect();
      assertQueues([...weights.keys()], wiring);
      show(cli, wiring, (await changeLive(cli, wiring, weighing(weights))).record.overrides);
    });
  weights
    .command('reset')
    .description('Restore the configured weights')
    .argument('[queues...]', 'Names of queues (default: all)')
    .addHelpText('after', examples(['weights reset background', 'restore one queue']))
    .action(async (queues: string[], _options, command: Command) => {
      const cli = cliOf(command);
      const wiring = await cli.connect();
      assertQueues(queues, wiring);
      show(cli, wiring, (await changeLive(cli, wiring, unweighing(queues))).record.overrides);
    });
}

/** @throws {CliError} naming each wrong pair */
function parsed(texts: readonly string[]): ReadonlyMap<string, number> {
  const weights = texts.map((text) => /^([^=]+)=(\d+)$/.exec(text) ?? [text]);
  const names = weights.flatMap(([, name]) => name ?? []);
  refuseAll([
    ...weights
      .filter(([, name]) => name === undefined)
      .map(([text]) => `"${text}" is not of the form queue=weight, such as priority=90.`),
    new Set(names).size < names.length && 'Specify each queue only once.',
  ]);
  return new Map(weights.map(([, name = '', weight]) => [name, Number(weight)]));
}

function show(cli: Cli, { config }: Connection, overrides: Overrides): void {
  const standings = effectiveQueues(config, overrides);
  cli.print({ queues: standings }, () => asTable(standings));
}

const asTable = (standings: readonly EffectiveQueue[]): string =>
  textTable(
    ['queue', 'weight', 'configured', 'share', 'from', ''],
    standings.map((standing) => [
      standing.name,
      String(standing.weight),
      String(standing.configuredWeight),
      shareText(standing),
      standing.weightFrom,
      standing.paused ? 'paused' : '',
    ]),
  );
