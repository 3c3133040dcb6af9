import { type EnqueuedOnce, enqueueOnce } from '../../shared/dispatcher/enqueue-once.ts';
import type { EnqueueRequest } from '../../shared/dispatcher/enqueue-request.ts';
import type { Wiring } from '../wiring/wiring.ts';
import type { ApiRequest } from './http.ts';
import { RequestError } from './problem.ts';

/**
 * The header, opaque: quotes are part of it, should somebody follow the draft of the IETF to the
 * letter. https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header
 */
const HEADER = 'idempotency-key';

/** @throws {RequestError} 400 when it is no key */
function idempotencyKeyOf({ headers }: ApiRequest): string | undefined {
  const key = headers[HEADER];
  if (key === undefined || /^[\x20-\x7e]{1,255}$/.test(key)) return key;
  const problems = [{ path: HEADER, message: 'must be 1 to 255 printable ASCII characters' }];
  throw new RequestError('IDEMPOTENCY_KEY_INVALID', 'The idempotency key is invalid.', {
    problems,
  });
}

export type EnqueueDeps = Pick<Wiring, 'dispatcher' | 'log' | 'idempotency'>;

/** Enqueues; with the header, what an earlier request under the same key has not enqueued already. */
export async function enqueueUnderKey(
  tasks: readonly (EnqueueRequest | Error)[],
  request: ApiRequest,
  { dispatcher, log, idempotency }: EnqueueDeps,
): Promise<EnqueuedOnce> {
  const key = idempotencyKeyOf(request);
  if (key === undefined) {
    return { answers: await dispatcher.enqueueMany(tasks), isReplay: false };
  }
  const { owner } = request.caller;
  return enqueueOnce({ owner, key }, tasks, { dispatcher, log, keys: idempotency });
}
