import { chunksOf } from '../batches.ts';
import { pause } from '../clock.ts';
import type { Dispatcher } from '../dispatcher/dispatcher.ts';
import { alreadyEnqueued } from '../dispatcher/enqueue-once.ts';
import type { EnqueuedTask } from '../dispatcher/enqueue-request.ts';
import { identifiedAs, type Prepared } from '../dispatcher/prepare-task.ts';
import { derivedTaskId } from '../ids.ts';
import type { TaskQueries } from '../task-log/task-log.ts';
import {
  type BulkDefaults,
  isRefusal,
  preparedLine,
  type Refusal,
  refusalOfError,
} from './bulk-line.ts';
import type { Line } from './line-reader.ts';

export type SendDeps = {
  readonly dispatcher: Dispatcher;
  readonly log: TaskQueries;
  /** The log learns of a task when a worker begins it. @default false */
  readonly withoutRecords?: boolean;
  /** Aborts to begin no more lines. */
  readonly stop: AbortSignal;
  readonly pause?: typeof pause;
};

/** Inputs of the task ids, besides the line itself. */
export type LineIdentity = { readonly key: string; readonly at: number };

export type SentLines = { readonly enqueued: number; readonly refused: readonly Refusal[] };

/** Lines that are handed to the dispatcher together: full batches for SQS, whatever their queues. */
const CHUNK = 100;
/** Chunks on their way at the same time: while one is being recorded, another is sent. */
const PARALLEL = 4;
/** Before what was not accepted is sent again. Then it is an outage. */
const PAUSES_MS = [500, 1000, 2000, 4000, 8000];

/** The run was stopped. Requests that had begun are sent. */
export class BulkStopped extends Error {}

/**
 * Enqueues lines under ids that follow from them: repeating it makes the same tasks again, which are
 * the same to the log and to the workers.
 * @param isRepeat an earlier attempt may have sent some: those that have a record are not sent again
 * @throws {BulkStopped | BrokerUnavailableError | FilesUnavailableError | LogUnavailableError}
 */
export async function sendLines(
  lines: readonly Line[],
  options: {
    readonly identity: LineIdentity;
    readonly defaults: BulkDefaults;
    readonly isRepeat: boolean;
  },
  deps: SendDeps,
): Promise<SentLines> {
  const sent: SentLines[] = [];
  await inParallel(chunksOf(lines, CHUNK), async (chunk) => {
    if (deps.stop.aborted) throw new BulkStopped();
    sent.push(await sendChunk(chunk, options, deps));
  });
  return {
    enqueued: sent.reduce((sum, { enqueued }) => sum + enqueued, 0),
    refused: sent.flatMap(({ refused }) => refused).sort((a, b) => a.line - b.line),
  };
}

type Pending = { readonly line: Line; readonly item: Prepared };

async function sendChunk(
  lines: readonly Line[],
  { identity, defaults, isRepeat }: Parameters<typeof sendLines>[1],
  deps: SendDeps,
): Promise<SentLines> {
  const refused: Refusal[] = [];
  const pending: Pending[] = [];
  for (const line of lines) {
    const item = preparedLine(line, defaults, deps.dispatcher);
    if (item === undefined) continue;
    if (isRefusal(item)) refused.push(item);
    else pending.push({ line, item: identified(item, line, identity) });
  }
  const missing = isRepeat ? await withoutRecord(pending, deps) : pending;
  const late = await untilAccepted(missing, deps);
  return { enqueued: pending.length - late.length, refused: [...refused, ...late] };
}

const identified = (item: Prepared, { number, text }: Line, { key, at }: LineIdentity): Prepared =>
  identifiedAs(item, derivedTaskId(at, JSON.stringify([key, number, text])), at);

async function withoutRecord(pending: readonly Pending[], deps: SendDeps): Promise<Pending[]> {
  const known = await Promise.all(pending.map(({ item }) => alreadyEnqueued(item, deps)));
  return pending.filter((_item, index) => known[index] === undefined);
}

/** @returns those that no repetition would help */
async function untilAccepted(pending: readonly Pending[], deps: SendDeps): Promise<Refusal[]> {
  const { dispatcher, stop, withoutRecords = false, pause: wait = pause } = deps;
  const refused: Refusal[] = [];
  let rest = pending;
  for (const pauseMs of [...PAUSES_MS, undefined]) {
    if (rest.length === 0) break;
    const answers = await dispatcher.send(
      rest.map(({ item }) => item),
      { withoutRecords },
    );
    const outcomes = rest.map((item, index) => outcomeOf(item, answers[index]));
    refused.push(...outcomes.flatMap(({ refusal }) => refusal ?? []));
    rest = outcomes.flatMap(({ again }) => again ?? []);
    const failure = answers.find((_answer, index) => outcomes[index]?.again);
    if (failure && (pauseMs === undefined || stop.aborted)) throw failure;
    if (failure && pauseMs !== undefined) await wait(pauseMs, stop);
  }
  return refused;
}

type Outcome = { readonly refusal?: Refusal; readonly again?: Pending };

function outcomeOf(item: Pending, answer: EnqueuedTask | Error | undefined): Outcome {
  if (!(answer instanceof Error)) return {};
  const refusal = refusalOfError(item.line, answer);
  return refusal ? { refusal } : { again: item };
}

/** After an error, started items finish, and no other item starts. */
async function inParallel<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const errors: unknown[] = [];
  const rest = items.values();
  const workOff = async (): Promise<void> => {
    for (const item of rest) {
      if (errors.length > 0) return;
      await work(item).catch((error: unknown) => errors.push(error));
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, workOff));
  if (errors.length > 0) throw errors[0];
}
