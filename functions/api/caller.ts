import type { TaskQueueConfig } from '../../shared/config/config.ts';
import { RequestError } from './problem.ts';

/** Who sent the request, as the authoriser of the API established it. */
export type Caller = {
  /** IAM: the ARN of the user or of the assumed role's session. */
  readonly owner: string;
  /** May see and act on the tasks of everybody. */
  readonly isAdmin: boolean;
};

/** The part of a request's context that the IAM authoriser fills in. */
export type Authorised = { readonly authorizer?: { readonly iam?: { readonly userArn: string } } };

/** @throws {RequestError} 401 when the request passed no authoriser */
export function callerOf({ authorizer }: Authorised, { admins }: TaskQueueConfig['auth']): Caller {
  const owner = authorizer?.iam?.userArn;
  if (!owner) throw new RequestError('UNAUTHENTICATED', 'Sign the request with AWS credentials.');
  return { owner, isAdmin: admins.some((pattern) => matches(pattern, owner)) };
}

const matches = (pattern: string, principal: string): boolean =>
  pattern.endsWith('*') ? principal.startsWith(pattern.slice(0, -1)) : principal === pattern;
