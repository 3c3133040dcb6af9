import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  MIN_STUCK_SECONDS,
  STUCK_STATUSES,
  type StuckQuery,
} from '../../../../shared/task-log/stuck-tasks.ts';
import type { Cli, Connection } from '../../cli.ts';
import { refuseAll } from '../../kit/cli-error.ts';
import { list, wholeNumber } from '../../kit/options/parse-option.ts';
import { notOneOf } from '../../kit/suggest.ts';

export type StuckOptions = {
  readonly whitelist?: string[];
  readonly queue?: string[];
  readonly age: number;
  readonly statuses: NonNullable<StuckQuery['statuses']>;
};

const DEFAULT_AGE_SECONDS = 300;
/** The limit of a filter of the task log. */
const MAX_NAMES = 100;

/** @param areNamesNeeded makes --whitelist required, so that nobody requeues tasks by accident */
export function withStuckOptions(command: Command, areNamesNeeded: boolean): Command {
  const [flags, description] = ['--whitelist <names>', 'Names of tasks, separated by commas'];
  if (areNamesNeeded) command.requiredOption(flags, description, list);
  else command.option(flags, `${description} (default: all)`, list);
  return command
    .option('--queue <names>', 'Only these queues, separated by commas (default: all)', list)
    .option(
      '--age <seconds>',
      `Time since the last change or the due time; at least ${MIN_STUCK_SECONDS} is used`,
      wholeNumber(0),
      DEFAULT_AGE_SECONDS,
    )
    .addOption(
      new Option(
        '--statuses <statuses>',
        `Any of ${STUCK_STATUSES.join(', ')}; use the last two for tasks whose worker died`,
      )
        .argParser(statuses)
        .default(['enqueued'], 'enqueued'),
    );
}

/** @throws {CliError} with all that is wrong */
export function stuckQuery(
  { whitelist, queue = [], age, statuses: chosen }: StuckOptions,
  cli: Cli,
  { config, catalogue }: Connection,
): StuckQuery {
  const names = whitelist ?? [];
  const queues = config.queues.map(({ name }) => name);
  refuseAll([
    ...names.map(
      (name) => !catalogue.names.includes(name) && notOneOf('task', name, catalogue.names),
    ),
    ...queue.map((name) => !queues.includes(name) && notOneOf('queue', name, queues)),
    names.length > MAX_NAMES &&
      `--whitelist accepts at most ${MAX_NAMES} names, not ${names.length}.`,
  ]);
  if (age < MIN_STUCK_SECONDS) {
    cli.note(`--age ${age} is below the minimum: ${MIN_STUCK_SECONDS} is used.`);
  }
  return {
    ageSeconds: age,
    statuses: chosen,
    names: whitelist,
    queues: queue.length > 0 ? queue : undefined,
  };
}

function statuses(text: string): string[] {
  const chosen = list(text);
  const known: readonly string[] = STUCK_STATUSES;
  if (chosen.length > 0 && chosen.every((status) => known.includes(status))) return chosen;
  throw new InvalidArgumentError(`Accepted: ${known.join(', ')}.`);
}
