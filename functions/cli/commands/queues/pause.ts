import type { Command } from 'commander';
import { pausing, resuming } from '../../../../shared/control/override-changes.ts';
import type { Overrides } from '../../../../shared/control/overrides.ts';
import { cliOf } from '../../cli.ts';
import { examples } from '../../kit/examples.ts';
import { assertQueues, changeLive } from '../../kit/live-settings.ts';
import { list } from '../../kit/options/parse-option.ts';

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
