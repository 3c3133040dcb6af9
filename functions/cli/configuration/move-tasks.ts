import type { Broker } from '../../../shared/broker/broker.ts';
import { queueFor } from '../../../shared/dispatcher/prepare-task.ts';
import { BrokerUnavailableError } from '../../../shared/errors.ts';
import type { Moved } from '../../../shared/move/move-tasks.ts';
import { moveTasks } from '../../../shared/move/move-tasks.ts';
import { messagesIn, type UnservedTasks } from '../../../shared/move/unserved-tasks.ts';
import { decodeTask } from '../../../shared/task/message.ts';
import type { Wiring } from '../../wiring/wiring.ts';
import type { Wired } from '../kit/connection.ts';
import { startProgress } from '../terminal/progress.ts';
import { runHere } from './run-here.ts';

/** The outcome for the tasks of one queue. */
export type MovedTasks = Moved & {
  readonly queue: string;
  /** They ran here and were not moved. */
  readonly wereRun: boolean;
};

/** The messages of a dead worker come back after the visibility timeout, plus this margin. */
const MARGIN_SECONDS = 5;
const POLL_SECONDS = 2;

/**
 * Moves tasks from queues without a worker to the queues of the configuration: to the queue of the same
 * name, else to the one of their task name. Tasks of a sync queue run here.
 */
export async function moveUnserved(
  wiring: Wired,
  unserved: readonly UnservedTasks[],
): Promise<MovedTasks[]> {
  const moved: MovedTasks[] = [];
  for (const { queue, depth, broker: from } of unserved) {
    const progress = startProgress(messagesIn(depth));
    const { visibilityTimeoutSeconds: leaseSeconds } = wiring.config.worker;
    const waitSeconds = leaseSeconds + MARGIN_SECONDS;
    const onMoved = (tasks: number) => progress.update(tasks, `${queue}: ${tasks} moved`);
    const how = { from, waitSeconds, onMoved };
    const wereRun = belongsHere(queue, wiring);
    const result = wereRun
      ? await runHere(wiring, { ...how, queue })
      : await moveTasks({
          ...how,
          leaseSeconds,
          pollSeconds: POLL_SECONDS,
          targetOf: (body) => targetOf(body, queue, wiring),
        });
    progress.end();
    moved.push({ queue, wereRun, ...result });
  }
  return moved;
}

/** Tasks of a removed queue run here only if all other queues are sync. */
const belongsHere = (queue: string, { config, dispatcher }: Wiring): boolean =>
  config.queues.some(({ name }) => name === queue)
    ? dispatcher.isSyncQueue(queue)
    : dispatcher.isSync;

function targetOf(body: string, from: string, { config, brokers, ...wiring }: Wiring): Broker {
  const { dispatcher } = wiring;
  const lasting = config.queues
    .map(({ name }) => name)
    .filter((name) => !dispatcher.isSyncQueue(name));
  const wanted = lasting.includes(from) ? from : routeOf(body, { config, ...wiring });
  const target = wanted !== undefined && lasting.includes(wanted) ? wanted : lasting[0];
  const broker = brokers.get(target ?? '');
  if (!broker) throw new BrokerUnavailableError(target ?? from, 'it has no broker in this process');
  return broker;
}

/** A message that is not a known task goes to the default queue, where a worker reports it. */
function routeOf(
  body: string,
  { config, catalogue }: Pick<Wiring, 'config' | 'catalogue'>,
): string | undefined {
  try {
    const { name, parameters } = decodeTask(body);
    return queueFor(catalogue.get(name), parameters, config);
  } catch {
    return config.defaultQueue;
  }
}
