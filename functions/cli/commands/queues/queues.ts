import type { Command } from 'commander';
import type { QueueDepth } from '../../../../shared/broker/broker.ts';
import {
  pausing,
  resuming,
  unweighing,
  weighing,
} from '../../../../shared/control/change-overrides.ts';
import { type EffectiveQueue, effectiveQueues } from '../../../../shared/control/live-settings.ts';
import type { Overrides } from '../../../../shared/control/overrides.ts';
import type { OldestWaiting } from '../../../../shared/task-log/waiting-tasks.ts';
import { type Cli, type Connection, cliOf, examples } from '../../cli.ts';
import { refuseAll } from '../../kit/cli-error.ts';
import { assertQueues, changeLive, shareText, weightText } from '../../kit/live-settings.ts';
import { list } from '../../kit/options/parse-option.ts';
import { ageText, type Paint } from '../../terminal/text.ts';
import { textTable } from '../../terminal/text-table.ts';

export function addQueuesCommand(program: Command): void {
  program
    .command('queues')
    .description('Show for each queue what waits, its weight, and its dead letters')
    .addHelpText(
      'after',
      `
SQS reports approximate depths. The oldest task is searched in the latest 3,000 records; > means that an
older one may exist. The share is a queue's part of the work while all queues have tasks.
${examples(['queues', 'queues of the local stack'], ['queues --stack TaskQueue --json', 'queues of a deployment, as JSON'])}`,
    )
    .action(async (_options, command: Command) => {
      const cli = cliOf(command);
      const queues = await queuesOf(await cli.connect());
      cli.print({ queues: queues.map(asJson) }, (paint) => queuesTable(queues, paint));
    });
}

type Queue = EffectiveQueue & {
  readonly broker: string;
  readonly depth: QueueDepth;
  /** Number of messages. Absent for a queue without dead letters. */
  readonly deadLetters: number | undefined;
  readonly oldest: (OldestWaiting & { readonly ageSeconds: number }) | undefined;
};

async function queuesOf({
  config,
  control,
  brokers,
  deadLetters,
  log,
}: Connection): Promise<Queue[]> {
  const [{ overrides }, depths, dead] = await Promise.all([
    control.read(),
    depthsOf(brokers),
    depthsOf(deadLetters),
  ]);
  const waiting = [...depths].map(
    ([name, { waiting, delayed }]) => [name, waiting + delayed] as const,
  );
  const now = Date.now();
  // Lazy: the help needs no ids.
  const { oldestWaiting } = await import('../../../../shared/task-log/waiting-tasks.ts');
  const oldest = await oldestWaiting(log, new Map(waiting), now);
  return effectiveQueues(config, overrides).map((standing) => {
    const { name } = standing;
    const found = oldest.get(name);
    return {
      ...standing,
      broker: config.queues.find((queue) => queue.name === name)?.broker.type ?? '',
      depth: depths.get(name) ?? { waiting: 0, inFlight: 0, delayed: 0 },
      deadLetters: dead.get(name)?.waiting,
      oldest: found && { ...found, ageSeconds: ageOf(found, now) },
    };
  });
}

const depthsOf = async (brokers: Connection['brokers']): Promise<Map<string, QueueDepth>> =>
  new Map(
    await Promise.all(
      [...brokers].map(async ([name, broker]) => [name, await broker.depth()] as const),
    ),
  );

/** The clock of the process that enqueued the task may be ahead. */
const ageOf = ({ createdAt }: OldestWaiting, now: number): number =>
  Math.max(0, Math.round((now - Date.parse(createdAt)) / 1000));

const asJson = ({ oldest, ...queue }: Queue): object => ({
  ...queue,
  oldestSeconds: oldest?.ageSeconds,
  isOldestCertain: oldest?.isCertain,
});

const queuesTable = (queues: readonly Queue[], paint: Paint): string =>
  textTable(
    ['queue', 'waiting', 'in flight', 'delayed', 'oldest', 'weight', 'share', 'dead letters', ''],
    queues.map((queue) => [
      queue.name,
      String(queue.depth.waiting),
      String(queue.depth.inFlight),
      String(queue.depth.delayed),
      queue.oldest
        ? `${queue.oldest.isCertain ? '' : '> '}${ageText(queue.oldest.ageSeconds)}`
        : '-',
      weightText(queue),
      shareText(queue),
      deadText(queue.deadLetters, paint),
      queue.paused ? paint('yellow', 'paused') : '',
    ]),
  );

function deadText(count: number | undefined, paint: Paint): string {
  if (count === undefined) return '-';
  return count > 0 ? paint('red', String(count)) : '0';
}

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
    .action((options: PauseOptions, command: Command) => changePause(pausing, options, command));
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
    .action((options: PauseOptions, command: Command) => changePause(resuming, options, command));
}

async function changePause(
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
  cli.print({ paused: overrides.paused === true, pausedQueues: paused }, () =>
    pauseText(overrides),
  );
  if (changing === resuming && queues.length > 0 && overrides.paused) {
    cli.note('All queues are still paused. Run `task-queue resume`.');
  }
}

function pauseText(overrides: Overrides): string {
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
      showWeights(cli, wiring, (await wiring.control.read()).overrides);
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
      const weights = parsedWeights(texts);
      const cli = cliOf(command);
      const wiring = await cli.connect();
      assertQueues([...weights.keys()], wiring);
      showWeights(cli, wiring, (await changeLive(cli, wiring, weighing(weights))).record.overrides);
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
      showWeights(
        cli,
        wiring,
        (await changeLive(cli, wiring, unweighing(queues))).record.overrides,
      );
    });
}

/** @throws {CliError} naming each wrong pair */
function parsedWeights(texts: readonly string[]): ReadonlyMap<string, number> {
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

function showWeights(cli: Cli, { config }: Connection, overrides: Overrides): void {
  const standings = effectiveQueues(config, overrides);
  cli.print({ queues: standings }, () => weightsTable(standings));
}

const weightsTable = (standings: readonly EffectiveQueue[]): string =>
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
