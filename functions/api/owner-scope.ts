import type { Caller } from './caller.ts';
import { RequestError } from './problem.ts';

/**
 * Whose tasks a request reads: the caller's own, or those an admin asks for, everybody's by default.
 * @throws {RequestError} 403 when somebody else asks for others' tasks
 */
export function ownerToRead({ owner, isAdmin }: Caller, asked?: string): string | undefined {
  if (isAdmin) return asked;
  if (asked === undefined || asked === owner) return owner;
  const problems = [
    { path: 'owner', message: 'only an admin may read the tasks of somebody else' },
  ];
  throw new RequestError('OWNER_FORBIDDEN', 'These tasks are not yours to read.', { problems });
}
