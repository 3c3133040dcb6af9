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
import type { TaskQueries } from '../task-log/task-log.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { EnqueuedTask, EnqueueRequest } from './enqueue-request.ts';
import { identifiedAs, type Prepared } from './prepare-task.ts';

export type EnqueueOnceDeps = {
  readonly dispatcher: Dispatcher;
  readonly log: TaskQueries;
  readonly keys: IdempotencyStore;
};

export type EnqueuedOnce = {
  /** One entry for each request, in order. */
  readonly answers: (EnqueuedTask | Error)[];
  /** True when an earlier request enqueued all of them. */
  readonly isReplay: boolean;
};

/**
 * Enqueues under a key. A repeated call enqueues what an earlier call did not, wherever that one
 * crashed, and makes no second task: the task ids derive from the key, and the claim treats two
 * messages with one id as one task. docs/adr/0012-idempotency-keys.md walks through the crashes.
 *
 * Invalid requests do not take the key. An error among the requests is its own answer.
 * @throws {IdempotencyConflictError} when the key was used with other requests before
 * @throws {LogUnavailableError} with nothing sent: call again
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

/** Derives the id from key and position, so that a repeated call finds the same task. */
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
 * Returns the task if an earlier call enqueued it. A record proves that the message was sent. A sync
 * task has no message, so an open one counts as missing; its claim refuses to run it twice.
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

/** Hashes the valid requests. Invalid ones make no task, so they may differ. */
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
