import type { TaskQueueConfig } from '../../shared/config/config.ts';
import { ownerSchema } from '../../shared/task/message.ts';
import { RequestError } from './problem.ts';

/** Who sent the request, as the authoriser of the API established it. */
export type Caller = {
  /** IAM: the ARN of the user or of the assumed role's session. JWT: the owner's claim. */
  readonly owner: string;
  /** May see and act on the tasks of everybody. */
  readonly isAdmin: boolean;
};

type Auth = TaskQueueConfig['auth'];
type AuthOf<Type extends Auth['type']> = Extract<Auth, { type: Type }>;

/** Claims of a token, all of them text: API Gateway makes `[a b]` of a list. */
type Claims = Readonly<Record<string, string>>;

/** The part of a request's context that the authoriser fills in. */
export type Authorised = {
  readonly authorizer?: {
    readonly iam?: { readonly userArn: string };
    readonly jwt?: { readonly claims: Claims };
  };
};

/** @throws {RequestError} 401 when the request passed no authoriser, or belongs to nobody */
export function callerOf({ authorizer }: Authorised, auth: Auth): Caller {
  return auth.type === 'iam' ? iamCaller(authorizer, auth) : jwtCaller(authorizer, auth);
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
  // ["a", "b"] and ["a b"] look the same by now, and would share their tasks.
  if (!owner.success || isList(owner.data)) throw ownerClaimInvalid(ownerClaim);
  return { owner: owner.data, isAdmin: scopesOf(claims).includes(adminScope) };
}

const isList = (claim: string): boolean => claim.startsWith('[') && claim.endsWith(']');

/**
 * What the token allows. `scope` has spaces between (RFC 8693), `scp` is that or a list. Not the
 * context's `scopes`: no route asks for any, and then they are null.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 */
const scopesOf = ({ scope = '', scp = '' }: Claims): string[] =>
  [scope, scp].flatMap((claim) => (isList(claim) ? claim.slice(1, -1) : claim).split(/\s+/));

function ownerClaimInvalid(claim: string): RequestError {
  const message = `The claim "${claim}" of the token must say who owns its tasks: 1 to 1,024 bytes of text.`;
  return new RequestError('OWNER_CLAIM_INVALID', message);
}
