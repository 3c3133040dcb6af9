import type { IncomingHttpHeaders } from 'node:http';
import type { TaskQueueConfig } from '../../../shared/config/config.ts';
import type { Authorised } from '../../api/caller.ts';

/** Names the caller on the local stack instead of a signature or token. Empty: no caller. */
const USER_HEADER = 'x-local-user';
const DEFAULT_USER = 'developer';

/** The scopes of the caller's token, separated by spaces. */
const SCOPES_HEADER = 'x-local-scopes';

/** Pages of other origins may send them too. */
export const LOCAL_HEADERS: readonly string[] = [USER_HEADER, SCOPES_HEADER];

/**
 * Describes the caller in the form of API Gateway's authoriser. Every name is
 * accepted: the local stack listens on 127.0.0.1 only.
 */
export function localAuthorizer(
  headers: IncomingHttpHeaders,
  auth: TaskQueueConfig['auth'],
): Authorised {
  const user = String(headers[USER_HEADER] ?? DEFAULT_USER);
  if (user === '') return {};
  if (auth.type === 'iam') {
    return { authorizer: { iam: { userArn: `arn:aws:iam::000000000000:user/${user}` } } };
  }
  const claims = {
    iss: auth.issuer,
    scope: String(headers[SCOPES_HEADER] ?? ''),
    [auth.ownerClaim]: user,
  };
  return { authorizer: { jwt: { claims } } };
}
