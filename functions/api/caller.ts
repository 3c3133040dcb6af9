import type { TaskQueueConfig } from '../../shared/config/config.ts';
import { TaskNotFoundError } from '../../shared/errors.ts';
import { isTaskId } from '../../shared/ids.ts';
import { ownerSchema } from '../../shared/task/message.ts';
import type { TaskSummary } from '../../shared/task-log/task-log.ts';
import { RequestError } from './problem.ts';

/** The sender of a request, as the authorizer of the API identified them. */
export type Caller = {
  /** IAM: the ARN of the user or of the assumed role's session. JWT: the owner claim. */
  readonly owner: string;
  /** Admins can see and change everyone's tasks. */
  readonly isAdmin: boolean;
};

type Auth = TaskQueueConfig['auth'];
type AuthOf<Type extends Auth['type']> = Extract<Auth, { type: Type }>;

/** Claims of a token. Every value is text: API Gateway turns a list into `[a b]`. */
type Claims = Readonly<Record<string, string>>;

/** The part of a request's context that the authorizer fills in. */
export type Authorised = {
  readonly authorizer?: {
    readonly iam?: { readonly userArn: string };
    readonly jwt?: { readonly claims: Claims };
  };
};

/** Identifies the caller. @throws {RequestError} 401 without an authorizer, or without an owner */
export function callerOf({ authorizer }: Authorised, auth: Auth): Caller {
  return auth.type === 'iam' ? iamCaller(authorizer, auth) : jwtCaller(authorizer, auth);
}

/**
 * Reads a task that the caller may see. Another owner's task is not found, so that nobody can find
 * out which ids exist.
 * @throws {TaskNotFoundError}
 */
export async function ownTask<Task extends TaskSummary>(
  id = '',
  caller: Caller,
  read: (id: string) => Promise<Task | undefined>,
): Promise<Task> {
  const task = isTaskId(id) ? await read(id) : undefined;
  if (!task || !(caller.isAdmin || task.owner === caller.owner)) throw new TaskNotFoundError(id);
  return task;
}

/**
 * Returns the owner whose tasks the request reads; undefined means all owners, for admins only.
 * @throws {RequestError} 403 when a caller who is not an admin asks for another owner
 */
export function ownerToRead({ owner, isAdmin }: Caller, asked?: string): string | undefined {
  if (isAdmin) return asked;
  if (asked === undefined || asked === owner) return owner;
  throw ownerForbidden("Only an admin can read other owners' tasks.");
}

/** 403 for a request that names another owner. */
export function ownerForbidden(detail: string): RequestError {
  const problems = [
    { path: 'owner', message: 'must be the caller, unless the caller is an admin' },
  ];
  return new RequestError('OWNER_FORBIDDEN', detail, { problems });
}

function iamCaller(authorizer: Authorised['authorizer'], { admins }: AuthOf<'iam'>): Caller {
  const owner = authorizer?.iam?.userArn;
  if (!owner) throw new RequestError('UNAUTHENTICATED', 'Sign the request with AWS credentials.');
  return { owner, isAdmin: admins.some((pattern) => matches(pattern, owner)) };
}

const matches = (pattern: string, principal: string): boolean =>
  pattern.endsWith('*') ? principal.startsWith(pattern.slice(0, -1)) : principal === pattern;

function jwtCaller(
  authorizer: Authorised['authorizer'],
  { ownerClaim, adminScope }: AuthOf<'jwt'>,
): Caller {
  const claims = authorizer?.jwt?.claims;
  if (!claims) throw new RequestError('UNAUTHENTICATED', 'Send a token: authorization: Bearer …');
  const owner = ownerSchema.safeParse(claims[ownerClaim]);
  // API Gateway writes ["a", "b"] and ["a b"] alike, so two owners would share their tasks.
  if (!owner.success || isList(owner.data)) throw ownerClaimInvalid(ownerClaim);
  return { owner: owner.data, isAdmin: scopesOf(claims).includes(adminScope) };
}

const isList = (claim: string): boolean => claim.startsWith('[') && claim.endsWith(']');

/**
 * Returns the scopes of the token. `scope` separates them by spaces (RFC 8693); `scp` may also be a
 * list. The `scopes` of the request context are null, because no route requires any.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 */
const scopesOf = ({ scope = '', scp = '' }: Claims): string[] =>
  [scope, scp].flatMap((claim) => (isList(claim) ? claim.slice(1, -1) : claim).split(/\s+/));

function ownerClaimInvalid(claim: string): RequestError {
  const message = `The token's claim "${claim}" must name the owner of its tasks, in 1 to 1,024 bytes of text.`;
  return new RequestError('OWNER_CLAIM_INVALID', message);
}
