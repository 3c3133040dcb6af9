import type { Refusal } from '../../shared/bulk/bulk-line.ts';
import { type BulkDeps, enqueueBulk } from '../../shared/bulk/enqueue-bulk.ts';
import {
  type BulkJournal,
  type BulkProgress,
  type BulkTarget,
  beginning,
} from '../../shared/bulk/file-journal.ts';
import { LineReader } from '../../shared/bulk/line-reader.ts';
import { MemoryBroker } from '../../shared/memory/broker.ts';
import { MemoryTaskLog } from '../../shared/memory/task-log.ts';
import { decodeTask } from '../../shared/task/message.ts';
import type { Task } from '../../shared/task/task.ts';
import { aDispatcher } from './a-dispatcher.ts';
import { aLife } from './mortal.ts';
import { aClaim, done } from './task-log-harness.ts';

/** A line that greets. Whom it greets tells the tasks apart. */
export const greeting = (whom: string, more: object = {}): string =>
  JSON.stringify({ name: 'greet', parameters: { whom }, ...more });

export const linesOf = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => greeting(`person ${index + 1}`));

/** As a stream hands it out: cut anywhere. */
async function* chunksOf(text: string | Uint8Array): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  const size = Math.max(50, Math.ceil(bytes.length / 100));
  for (let start = 0; start < bytes.length; start += size) {
    yield bytes.subarray(start, start + size);
  }
}

type RunOptions = Partial<BulkDeps> & {
  /** The process dies after so many writes. */
  readonly writes?: number;
  readonly target?: BulkTarget;
};

/** State that survives every process that enqueues a file. */
export function aBulkWorld() {
  const brokers = new Map([
    ['main', new MemoryBroker()],
    ['fast', new MemoryBroker()],
  ]);
  const log = new MemoryTaskLog();
  const runs: Task[] = [];
  const refusals: Refusal[] = [];
  const notes: BulkProgress[] = [];
  const journal: BulkJournal = {
    write: async (progress) => {
      notes.push(structuredClone(progress));
    },
  };

  /** A new process enqueues the file, from where the journal says on. */
  const run = async (
    file: string | Uint8Array,
    options: RunOptions = {},
  ): Promise<BulkProgress> => {
    const { writes = Number.POSITIVE_INFINITY, target = { table: 'log' }, ...changes } = options;
    const life = aLife(writes);
    const ourLog = life(log, 'recordEnqueued');
    const ourBrokers = new Map([...brokers].map(([name, of]) => [name, life(of, 'publish')]));
    const { dispatcher } = aDispatcher({ deps: { log: ourLog, brokers: ourBrokers } });
    const start = notes.at(-1) ?? beginning(target, new LineReader(chunksOf('')).sha256);
    return enqueueBulk(chunksOf(file), start, {
      dispatcher,
      log: ourLog,
      journal: life(journal, 'write'),
      stop: new AbortController().signal,
      keepRefusals: async (refused) => refusals.push(...refused),
      pause: async () => undefined,
      ...changes,
    });
  };

  /** Messages in both queues, not yet taken. */
  const countMessages = async (): Promise<number> => {
    const depths = await Promise.all([...brokers.values()].map((broker) => broker.depth()));
    return depths.reduce((sum, { waiting, delayed }) => sum + waiting + delayed, 0);
  };

  /** A worker takes every message that is there, as its claim allows. */
  const work = async (): Promise<void> => {
    for (const [queue, broker] of brokers) {
      const taken = await broker.receive({ max: 10_000, waitSeconds: 0, leaseSeconds: 30 });
      for (const delivery of taken) {
        const task = decodeTask(delivery.body);
        const result = await log.claim(task, { ...aClaim(), queue });
        if (result.outcome !== 'claimed') continue;
        runs.push(task);
        await log.finish(result.claim, done);
      }
      await broker.ack(taken);
    }
  };

  /** Whom the tasks greet that have run, sorted. */
  const greeted = (): string[] =>
    runs.map(({ parameters }) => (parameters as { whom: string }).whom).toSorted();

  return { log, runs, refusals, notes, run, work, greeted, countMessages };
}
