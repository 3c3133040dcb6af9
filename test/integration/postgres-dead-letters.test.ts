import { describe, expect, test } from 'vitest';
import type { Delivery } from '../../shared/broker/broker.ts';
import {
  type HandleBatch,
  purgeBatches,
  redriveBatches,
} from '../../shared/dead-letters/dead-letter.ts';
import { handleDeadLetters } from '../../shared/dead-letters/visit.ts';
import { Dispatcher } from '../../shared/dispatcher/dispatcher.ts';
import { PostgresBroker } from '../../shared/postgres/broker/broker.ts';
import { PostgresDeadLetters } from '../../shared/postgres/broker/dead-letters.ts';
import { PostgresRedelivery } from '../../shared/postgres/task-log/redelivery.ts';
import { postgresTaskLog } from '../../shared/postgres/task-log/task-log.ts';
import { Report } from '../../shared/report/report.ts';
import { encodeTask } from '../../shared/task/message.ts';
import type { Task } from '../../shared/task/task.ts';
import { taskCatalogue } from '../../shared/task/task-definition.ts';
import { aConfig } from '../support/a-config.ts';
import { greet } from '../support/a-dispatcher.ts';
import { aTask } from '../support/a-task.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { openDatabase } from '../support/postgres.ts';
import { quietLogger } from '../support/quiet-logger.ts';
import { claimed } from '../support/task-log-harness.ts';

const NOW = { max: 10, waitSeconds: 0, leaseSeconds: 600 };
const FAILED = { status: 'failed', report: Report.error('The disk is full') } as const;

async function setup() {
  const database = await openDatabase();
  const clock = new ManualClock();
  const options = { retentionDays: 30, clock };
  const log = postgresTaskLog(database, options);
  const redelivery = new PostgresRedelivery(database, options);
  const broker = new PostgresBroker('main', database);
  const letters = new PostgresDeadLetters('main', database);
  const dispatcher = new Dispatcher({
    config: aConfig(),
    catalogue: taskCatalogue([greet]),
    brokers: new Map([['main', broker]]),
    log,
    logger: quietLogger(),
  });

  const sent = async (): Promise<Task> => {
    const task = aTask({ name: 'greet', parameters: { whom: 'Ann' } });
    await broker.publish([{ body: encodeTask(task) }]);
    await log.recordEnqueued(task, 'main');
    return task;
  };
  const receive = async (): Promise<Delivery> => {
    const [delivery] = await broker.receive({ ...NOW, max: 1 });
    if (!delivery) throw new Error('nothing was delivered');
    return delivery;
  };

  /** A worker sets the message aside for good, and dies before it has told the log. */
  const dieAfterLetter = async (task: Task): Promise<Delivery> => {
    const delivery = await receive();
    await claimed(log, task);
    await broker.deadLetter(delivery, 'The disk is full');
    clock.advance(61);
    return delivery;
  };

  /** Lets the lease of a message end; the next attempt fails for good. */
  const failAgain = async (task: Task, message: Delivery): Promise<void> => {
    await broker.changeLease([message], 0);
    const delivery = await receive();
    expect(delivery.messageId).toBe(message.messageId);
    const claim = await claimed(log, task);
    await broker.deadLetter(delivery, 'The disk is full');
    await log.finish(claim, FAILED);
    await broker.ack([delivery]);
  };

  const handle = (batch: HandleBatch) =>
    handleDeadLetters([{ queue: 'main', broker: letters }], {}, batch);
  const redrive = () => handle(redriveBatches({ redelivery, files: undefined, dispatcher }));
  const purge = () => handle(purgeBatches({ log, redelivery }));
  return {
    database,
    log,
    broker,
    letters,
    sent,
    receive,
    dieAfterLetter,
    failAgain,
    redrive,
    purge,
  };
}

describe('redriving dead letters in PostgreSQL', () => {
  test('runs a task again whose message died again after its first letter was redriven', async () => {
    const { log, broker, sent, receive, dieAfterLetter, failAgain, redrive } = await setup();
    const task = await sent();
    const message = await dieAfterLetter(task);
    expect(await redrive()).toMatchObject({ redriven: 1 });
    const copy = await receive();
    await failAgain(task, message);
    await broker.ack([copy]);

    expect(await redrive()).toMatchObject({ redriven: 1, settled: 0 });

    expect((await receive()).body).toBe(encodeTask(task));
    expect(await claimed(log, task)).toMatchObject({ attempt: 1 });
  });

  test('keeps the letter of a message that dies again before its first letter is deleted', async () => {
    const { letters, sent, receive, dieAfterLetter, failAgain, redrive } = await setup();
    const task = await sent();
    const message = await dieAfterLetter(task);
    const copies: Delivery[] = [];
    const ack = letters.ack.bind(letters);
    letters.ack = async (deliveries) => {
      copies.push(await receive());
      await failAgain(task, message);
      letters.ack = ack;
      return ack(deliveries);
    };

    const first = await redrive();

    expect(copies).toHaveLength(1);
    expect(first).toMatchObject({
      redriven: 1,
      left: [{ why: 'this command has redriven its task already' }],
    });
    expect(await letters.depth()).toMatchObject({ waiting: 1 });
    expect(await redrive()).toMatchObject({ redriven: 1, settled: 0, left: [] });
    expect(await letters.depth()).toEqual({ waiting: 0, inFlight: 0, delayed: 0 });
  });
});

describe('purging dead letters in PostgreSQL', () => {
  test('cancels a task whose only message waited for 14 days', async () => {
    const { database, log, broker, letters, sent, purge } = await setup();
    const task = await sent();
    const text = `UPDATE task_queue.messages SET created_at = now() - interval '15 days'`;
    await database.query({ text });
    expect(await broker.receive(NOW)).toEqual([]);

    expect(await purge()).toMatchObject({ purged: 1, left: [] });

    expect(await log.getSummary(task.id)).toMatchObject({ status: 'cancelled' });
    expect(await letters.depth()).toMatchObject({ waiting: 0 });
  });

  test('leaves a failed task failed', async () => {
    const { log, sent, dieAfterLetter, failAgain, purge } = await setup();
    const task = await sent();
    await failAgain(task, await dieAfterLetter(task));

    expect(await purge()).toMatchObject({ purged: 1, left: [] });

    expect(await log.getSummary(task.id)).toMatchObject({ status: 'failed' });
  });
});
