import { type EnqueuedOnce, enqueueOnce } from '../../shared/dispatcher/enqueue-once.ts';
import type { EnqueueRequest } from '../../shared/dispatcher/enqueue-request.ts';
import { MemoryBroker } from '../../shared/memory/broker.ts';
import { MemoryFileStore } from '../../shared/memory/file-store.ts';
import { MemoryIdempotencyStore } from '../../shared/memory/stores.ts';
import { MemoryTaskLog } from '../../shared/memory/task-log.ts';
import { decodeTask } from '../../shared/task/message.ts';
import { aDispatcher } from './a-dispatcher.ts';
import { ManualClock } from './manual-clock.ts';
import { aLife } from './mortal.ts';
import { aClaim, done } from './task-log-harness.ts';

export const KEY = { owner: 'ann', key: 'order-42' };
export const BEN = { name: 'greet', parameters: { whom: 'Ben' } };
/** A task of another queue. */
export const FAST = { name: 'greet', parameters: { whom: 'queue:fast' } };
export const FOREVER = Number.POSITIVE_INFINITY;

/** State that survives every process. */
export function aWorld(clock = new ManualClock()) {
  const [main, fast] = [new MemoryBroker(), new MemoryBroker()];
  const log = new MemoryTaskLog();
  const keys = new MemoryIdempotencyStore(clock);
  const runs: string[] = [];

  /** A new process enqueues, and dies after so many writes. */
  const enqueue = (requests: readonly (EnqueueRequest | Error)[], writes = FOREVER, key = KEY) => {
    const life = aLife(writes);
    const ourLog = life(log, 'recordEnqueued');
    const brokers = new Map([
      ['main', life(main, 'publish')],
      ['fast', life(fast, 'publish')],
    ]);
    const payloads = new MemoryFileStore();
    const { dispatcher } = aDispatcher({ deps: { log: ourLog, brokers, clock, payloads } });
    return enqueueOnce(key, requests, { dispatcher, log: ourLog, keys: life(keys, 'reserve') });
  };

  /** A worker takes every message that is there, as its claim allows. */
  const work = async (): Promise<void> => {
    for (const [queue, broker] of [['main', main] as const, ['fast', fast] as const]) {
      const taken = await broker.receive({ max: 100, waitSeconds: 0, leaseSeconds: 30 });
      for (const delivery of taken) {
        const task = decodeTask(delivery.body);
        const result = await log.claim(task, { ...aClaim(), queue });
        if (result.outcome !== 'claimed') continue;
        runs.push(task.id);
        await log.finish(result.claim, done);
      }
      await broker.ack(taken);
    }
  };
  return { main, log, keys, runs, enqueue, work };
}

/** The ids of the answers, all of which must be tasks. */
export const idsOf = ({ answers }: EnqueuedOnce): string[] =>
  answers.map((answer) => {
    if (answer instanceof Error) throw answer;
    return answer.id;
  });
