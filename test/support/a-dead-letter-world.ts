import type { Delivery, ReceiveOptions } from '../../shared/broker/broker.ts';
import { parseConfig } from '../../shared/config/config.ts';
import {
  type LetterSelection,
  purgeBatches,
  redriveBatches,
} from '../../shared/dead-letters/dead-letter.ts';

import { handleDeadLetters } from '../../shared/dead-letters/visit.ts';
import { Dispatcher } from '../../shared/dispatcher/dispatcher.ts';
import { newTaskId } from '../../shared/ids.ts';
import { MemoryBroker } from '../../shared/memory/broker.ts';
import { MemoryFileStore } from '../../shared/memory/file-store.ts';
import { MemoryTaskLog } from '../../shared/memory/task-log.ts';
import { Report } from '../../shared/report/report.ts';
import { decodeTask, encodeTask } from '../../shared/task/message.ts';
import type { Task } from '../../shared/task/task.ts';
import { taskCatalogue } from '../../shared/task/task-definition.ts';
import { greet } from './a-dispatcher.ts';
import { aTask } from './a-task.ts';
import { ManualClock } from './manual-clock.ts';
import { aLife } from './mortal.ts';
import { quietLogger } from './quiet-logger.ts';
import { aClaim, claimed, done } from './task-log-harness.ts';

export const FOREVER = Number.POSITIVE_INFINITY;
const failed = { status: 'failed', report: Report.error('No') } as const;

/** A dead-letter queue. What was published with a reason is a worker's copy. */
class DeadLetterBroker extends MemoryBroker {
  readonly reasons = new Map<string, string>();

  override async receive(options: ReceiveOptions): Promise<Delivery[]> {
    // Nobody else puts anything in: there is nothing to wait for.
    const deliveries = await super.receive({ ...options, waitSeconds: 0 });
    return deliveries.map((delivery) => {
      const reason = this.reasons.get(delivery.body);
      const original = { messageId: 'm-1', sentAt: delivery.sentAt };
      return reason === undefined ? delivery : { ...delivery, deadLetter: { reason, original } };
    });
  }
}

/** A queue, its dead letters, the log, and a worker whose tasks complete. */
export function aDeadLetterWorld() {
  const queues = [{ name: 'main', weight: 1, broker: { type: 'sqs' } }];
  const config = parseConfig({ queues }, 'of a test');
  const clock = new ManualClock();
  const files = new MemoryFileStore();
  const log = new MemoryTaskLog(clock, files);
  const main = new MemoryBroker(clock);
  const dead = new DeadLetterBroker(clock);
  const runs: string[] = [];

  const aGreeting = (changes: Partial<Task> = {}): Task =>
    aTask({ id: newTaskId(), name: 'greet', parameters: { whom: 'Ann' }, ...changes });

  /** A worker puts a copy among the dead letters. */
  const bury = async (task: Task, reason = 'No'): Promise<void> => {
    const body = encodeTask(task);
    dead.reasons.set(body, reason);
    await dead.publish([{ body }]);
  };

  /** A task that failed in all its attempts. */
  const deadTask = async (changes: Partial<Task> = {}): Promise<Task> => {
    const task = aGreeting(changes);
    const claim = await claimed(log, task);
    await bury(task);
    await log.finish(claim, failed);
    return task;
  };

  const handlers = (writes: number) => {
    const life = aLife(writes);
    const redelivery = life(log.redelivery, 'redrive');
    const ourLog = life(log, 'cancel');
    const brokers = new Map([['main', life(main, 'publish')]]);
    const catalogue = taskCatalogue([greet]);
    const logger = quietLogger();
    const dispatcher = new Dispatcher({ config, catalogue, brokers, log, logger });
    const broker = life(dead, 'ack');
    return {
      queues: [{ queue: 'main', broker }],
      redrive: redriveBatches({ redelivery, files, dispatcher }),
      purge: purgeBatches({ log: ourLog, redelivery }),
    };
  };

  /** A new process redrives, and dies after so many writes. Leases of dead ones have ended. */
  const redrive = async (selection: LetterSelection = {}, writes = FOREVER) => {
    clock.advance(60);
    const parts = handlers(writes);
    return handleDeadLetters(parts.queues, selection, parts.redrive);
  };
  const purge = async (selection: LetterSelection = {}, writes = FOREVER) => {
    clock.advance(60);
    const parts = handlers(writes);
    return handleDeadLetters(parts.queues, selection, parts.purge);
  };

  /** A worker takes every message that is there, as its claim allows. */
  const work = async (ending: typeof done | typeof failed = done): Promise<void> => {
    const taken = await main.receive({ max: 100, waitSeconds: 0, leaseSeconds: 30 });
    for (const { body } of taken) {
      const task = decodeTask(body);
      const result = await log.claim(task, { ...aClaim(), queue: 'main' });
      if (result.outcome !== 'claimed') continue;
      runs.push(task.id);
      if (ending.status === 'failed') await bury(task);
      await log.finish(result.claim, ending);
    }
    await main.ack(taken);
  };
  const count = async (): Promise<number> => (await dead.depth()).waiting;

  return {
    clock,
    log,
    main,
    dead,
    runs,
    aGreeting,
    bury,
    deadTask,
    redrive,
    purge,
    work,
    count,
    failed,
  };
}
