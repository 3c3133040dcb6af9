import type { Broker } from '../../../shared/broker/broker.ts';
import { queueFor } from '../../../shared/dispatcher/prepare-task.ts';
import { BrokerUnavailableError } from '../../../shared/errors.ts';
import type { Moved } from '../../../shared/move/move-tasks.ts';
import { moveTasks } from '../../../shared/move/move-tasks.ts';
import { messagesIn, type StrandedTasks } from '../../../shared/move/stranded-tasks.ts';
import { decodeTask } from '../../../shared/task/message.ts';
import type { Wiring } from '../../wiring/wiring.ts';
import type { Wired } from '../kit/connection.ts';
import { startProgress } from '../terminal/progress.ts';
import { runHere } from './run-here.ts';

/** What became of the tasks of one place. */
export type MovedTasks = Moved & {
  readonly queue: string;
  /** Instead of going to another place. */
  readonly wereRun: boolean;
};

/** A worker that is dead loses its messages within the visibility timeout; a little later they are back. */
const MARGIN_SECONDS = 5;
const POLL_SECONDS = 2;

/**
 * Takes tasks from where no worker looks to where they belong by the configuration of `wiring`: the
 * queue of the same name, else the one their names are associated with. Those of a sync queue are run.
 */
export async function moveStranded(
  wiring: Wired,
  stranded: readonly StrandedTasks[],
): Promise<MovedTasks[]> {
  const moved: MovedTasks[] = [];
  for (const { queue, depth, broker: from } of stranded) {
    const progress = startProgress(messagesIn(depth));
    const { visibilityTimeoutSeconds: leaseSeconds } = wiring.config.worker;
    const patienceSeconds = leaseSeconds + MARGIN_SECONDS;
    const onMoved = (tasks: number) => progress.update(tasks, `${queue}: ${tasks} moved`);
    const how = { from, patienceSeconds, onMoved };
    const wereRun = belongsHere(queue, wiring);
    const result = wereRun
      ? await runHere(wiring, { ...how, queue })
      : await moveTasks({
          ...how,
          leaseSeconds,
          waitSeconds: POLL_SECONDS,
          targetOf: (body) => targetOf(body, queue, wiring),
        });
    progress.end();
    moved.push({ queue, wereRun, ...result });
  }
  return moved;
}

/** A queue that is gone has its tasks run here only if there is no other left that holds tasks. */
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
  if (!broker) throw new BrokerUnavailableError(target ?? from, 'it has no broker here');
  return broker;
}

/** `undefined`: it is no task that anybody knows. A worker will say so; here it is only moved. */
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
