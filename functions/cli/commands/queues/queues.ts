import type { Command } from 'commander';
import type { QueueDepth } from '../../../../shared/broker/broker.ts';
import { type EffectiveQueue, effectiveQueues } from '../../../../shared/control/live-settings.ts';
import type { OldestWaiting } from '../../../../shared/task-log/waiting-tasks.ts';
import { type Connection, cliOf, examples } from '../../cli.ts';
import { shareText, weightText } from '../../kit/live-settings.ts';
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
      cli.print({ queues: queues.map(asJson) }, (paint) => asTable(queues, paint));
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

const asTable = (queues: readonly Queue[], paint: Paint): string =>
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
