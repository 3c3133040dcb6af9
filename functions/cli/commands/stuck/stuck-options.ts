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
/** Of one filter. */
const MAX_NAMES = 100;

/** @param areNamesNeeded so that nobody restarts what they did not think of */
export function withStuckOptions(command: Command, areNamesNeeded: boolean): Command {
  const [flags, description] = ['--whitelist <names>', 'names of tasks, with commas in between'];
  if (areNamesNeeded) command.requiredOption(flags, description, list);
  else command.option(flags, `${description} (default: all)`, list);
  return command
    .option('--queue <names>', 'only in these queues (default: all)', list)
    .option(
      '--age <seconds>',
      `since they last changed, or were due; less than ${MIN_STUCK_SECONDS} is taken for ${MIN_STUCK_SECONDS}`,
      wholeNumber(0),
      DEFAULT_AGE_SECONDS,
    )
    .addOption(
      new Option(
        '--statuses <statuses>',
        `any of ${STUCK_STATUSES.join(', ')}; the latter two for tasks whose worker died`,
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
    names.length > MAX_NAMES && `At most ${MAX_NAMES} names at a time.`,
  ]);
  if (age < MIN_STUCK_SECONDS) {
    cli.note(`--age ${age} is taken for ${MIN_STUCK_SECONDS}: what waits for less may be in line.`);
  }
  return {
    ageSeconds: age,
    statuses: chosen,
    ...(whitelist && { names }),
    ...(queue.length > 0 && { queues: queue }),
  };
}

function statuses(text: string): string[] {
  const chosen = list(text);
  const known: readonly string[] = STUCK_STATUSES;
  if (chosen.length > 0 && chosen.every((status) => known.includes(status))) return chosen;
  throw new InvalidArgumentError(`Others than ${known.join(', ')} do not wait for a worker.`);
}
