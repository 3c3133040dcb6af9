import { createHash } from 'node:crypto';
import { IdempotencyConflictError } from '../errors.ts';
import type {
  IdempotencyKey,
  IdempotencyStore,
  Reservation,
} from '../idempotency/idempotency-store.ts';
import { derivedTaskId } from '../ids.ts';
import { canonicalJson, type JsonValue } from '../json.ts';
import { isFinal } from '../task-log/status.ts';
import type { TaskLog } from '../task-log/task-log.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { EnqueuedTask, EnqueueRequest } from './enqueue-request.ts';
import { identifiedAs, type Prepared } from './prepare-task.ts';

export type EnqueueOnceDeps = {
  readonly dispatcher: Dispatcher;
  readonly log: TaskLog;
  readonly keys: IdempotencyStore;
};

export type EnqueuedOnce = {
  /** For each request, in the same order. */
  readonly answers: (EnqueuedTask | Error)[];
  /** True: an earlier request had enqueued them all. */
  readonly isReplay: boolean;
};

/**
 * Enqueues under a key, so that repeating it finishes what is missing, wherever the process died,
 * and makes no second task: the ids follow from the key, and two messages of one id are one task
 * to the claim. docs/adr/0012-idempotency-keys.md walks through the crashes.
 *
 * Requests that are wrong do not take the key. What is wrong with one already is its answer.
 * @throws {IdempotencyConflictError} when the key came with other requests before
 * @throws {LogUnavailableError} with nothing sent: repeat it
 */
export async function enqueueOnce(
  key: IdempotencyKey,
  requests: readonly (EnqueueRequest | Error)[],
  deps: EnqueueOnceDeps,
): Promise<EnqueuedOnce> {
  const { dispatcher, keys } = deps;
  const prepared = dispatcher.prepare(requests);
  if (prepared.every(isError)) return { answers: prepared, isReplay: false };

  const fingerprint = fingerprintOf(requests, prepared);
  const reservation = await keys.reserve(key, fingerprint);
  if (reservation.fingerprint !== fingerprint) throw new IdempotencyConflictError(key.key);

  const identified = prepared.map((item, index) =>
    item instanceof Error ? item : identify(item, key, reservation, index),
  );
  const enqueued = await Promise.all(
    identified.map((item) =>
      reservation.isNew || item instanceof Error ? undefined : alreadyEnqueued(item, deps),
    ),
  );
  const missing = identified.filter((_item, index) => enqueued[index] === undefined);
  const rest = await dispatcher.send(missing);
  return {
    answers: enqueued.flatMap((task) => task ?? rest.splice(0, 1)),
    isReplay: missing.every(isError),
  };
}

/** A repetition finds the same id here whenever it comes. */
function identify(
  item: Prepared,
  { owner, key }: IdempotencyKey,
  { createdAt }: Reservation,
  index: number,
): Prepared {
  const id = derivedTaskId(createdAt, JSON.stringify([owner, key, index]));
  return identifiedAs(item, id, createdAt);
}

/**
 * The task as it was enqueued before, if it has a record: then its message was sent, or it has run
 * without. But a sync task has no message that could finish it; running it again is for its claim
 * to refuse.
 */
export async function alreadyEnqueued(
  { task: { id } }: Prepared,
  { dispatcher, log }: Pick<EnqueueOnceDeps, 'dispatcher' | 'log'>,
): Promise<EnqueuedTask | undefined> {
  const record = await log.getSummary(id);
  if (!record) return undefined;
  const { queue, status } = record;
  return dispatcher.isSyncQueue(queue) && !isFinal(status) ? undefined : { id, queue };
}

/** Of what is valid: what is not may be anything, and makes no task. */
function fingerprintOf(
  requests: readonly (EnqueueRequest | Error)[],
  prepared: readonly (Prepared | Error)[],
): string {
  const valid = requests.map((request, index) => (isError(prepared[index]) ? null : request));
  return createHash('sha256')
    .update(canonicalJson(valid as JsonValue))
    .digest('base64url');
}

const isError = (item: unknown): item is Error => item instanceof Error;
