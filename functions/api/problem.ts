import { STATUS_CODES } from 'node:http';
import type { Problem } from '../../shared/api/views.ts';
import { type ErrorCode, type FieldProblem, TaskQueueError } from '../../shared/errors.ts';
import { isA } from '../../shared/foreign/text.ts';

/** Error codes of the HTTP layer. The codes of the library are in shared/errors.ts. */
type RequestErrorCode =
  | 'BODY_INVALID'
  | 'BODY_MALFORMED'
  | 'BODY_TOO_LARGE'
  | 'IDEMPOTENCY_KEY_INVALID'
  | 'METHOD_NOT_ALLOWED'
  | 'OWNER_CLAIM_INVALID'
  | 'OWNER_FORBIDDEN'
  | 'QUERY_INVALID'
  | 'ROUTE_NOT_FOUND'
  | 'UNAUTHENTICATED';

export type { Problem };
export type ProblemCode = ErrorCode | RequestErrorCode;

/** HTTP status of every code. A code without a status does not compile. */
export const STATUS_BY_CODE: Readonly<Record<ProblemCode, number>> = {
  BODY_INVALID: 422,
  BODY_MALFORMED: 400,
  BODY_TOO_LARGE: 413,
  BROKER_UNAVAILABLE: 503,
  CONFIG_INVALID: 500,
  CONTROL_CONFLICT: 409,
  CURSOR_INVALID: 400,
  FILES_UNAVAILABLE: 503,
  FILE_NOT_FOUND: 404,
  IDEMPOTENCY_CONFLICT: 409,
  IDEMPOTENCY_KEY_INVALID: 400,
  LOG_UNAVAILABLE: 503,
  METHOD_NOT_ALLOWED: 405,
  OWNER_CLAIM_INVALID: 401,
  OWNER_FORBIDDEN: 403,
  PARAMETERS_INVALID: 422,
  QUERY_INVALID: 400,
  QUEUE_NOT_TRANSACTIONAL: 500,
  REPORT_NOT_FOUND: 404,
  ROUTE_NOT_FOUND: 404,
  SCHEMA_MISMATCH: 503,
  STATS_CONFLICT: 409,
  TASK_ENDED: 409,
  TASK_IN_PROGRESS: 409,
  TASK_NAME_UNKNOWN: 422,
  TASK_NOT_FOUND: 404,
  TASK_TOO_LARGE: 413,
  UNAUTHENTICATED: 401,
};

/** An error in the request itself. */
export class RequestError extends Error {
  readonly code: RequestErrorCode;
  readonly problems: readonly FieldProblem[];
  readonly headers: Record<string, string>;

  constructor(
    code: RequestErrorCode,
    message: string,
    more: { problems?: readonly FieldProblem[]; headers?: Record<string, string> } = {},
  ) {
    super(message);
    this.code = code;
    this.problems = more.problems ?? [];
    this.headers = more.headers ?? {};
  }
}

/** Describes an error to the caller. The cause of an unexpected error is only in the log. */
export function problemOf(error: unknown): Problem {
  if (isA(error, RequestError) || isA(error, TaskQueueError)) {
    const status = STATUS_BY_CODE[error.code];
    if (status !== 500) return problem(status, error.code, error.message, error.problems);
  }
  return problem(500, 'INTERNAL', 'An internal error occurred. The log has the details.', []);
}

const problem = (
  status: number,
  code: string,
  detail: string,
  errors: readonly FieldProblem[],
): Problem => ({
  type: 'about:blank',
  title: STATUS_CODES[status] ?? 'Error',
  status,
  code,
  detail,
  errors: errors.length > 0 ? errors : undefined,
});
