import type { ApiRequest } from './http.ts';
import { RequestError } from './problem.ts';

/**
 * The header, opaque: quotes are part of it, should somebody follow the draft of the IETF to the
 * letter. https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header
 */
const HEADER = 'idempotency-key';

/** @throws {RequestError} 400 when it is no key */
export function idempotencyKeyOf({ headers }: ApiRequest): string | undefined {
  const key = headers[HEADER];
  if (key === undefined || /^[\x20-\x7e]{1,255}$/.test(key)) return key;
  const problems = [{ path: HEADER, message: 'must be 1 to 255 printable ASCII characters' }];
  throw new RequestError('IDEMPOTENCY_KEY_INVALID', 'The idempotency key is none.', { problems });
}
