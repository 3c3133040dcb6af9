import type { FieldProblem } from '../errors.ts';

/** The API refused, or could not be reached. Switch on `code`, never on the message. */
export class TaskQueueApiError extends Error {
  /** Of HTTP. 0: there was no answer. */
  readonly status: number;
  /** One of those in docs/api.md, `HTTP_<status>` when it came from in between, or `UNREACHABLE`. */
  readonly code: string;
  /** Everything that is wrong with the request. */
  readonly errors: readonly FieldProblem[];

  constructor(
    message: string,
    {
      status,
      code,
      errors = [],
    }: Pick<TaskQueueApiError, 'status' | 'code'> & {
      readonly errors?: readonly FieldProblem[] | undefined;
    },
    options?: ErrorOptions,
  ) {
    const lines = errors.map((error) => `\n  - ${error.path}${error.path && ': '}${error.message}`);
    super(`${message}${lines.join('')}`, options);
    this.name = 'TaskQueueApiError';
    this.status = status;
    this.code = code;
    this.errors = errors;
  }
}

/** From an answer that is no success, whoever gave it. */
export async function apiErrorOf(response: Response): Promise<TaskQueueApiError> {
  const { status, statusText } = response;
  const text = await response.text();
  const { code, detail, message, errors } = jsonIn(text);
  return new TaskQueueApiError(detail ?? message ?? `The API answered ${status} ${statusText}.`, {
    status,
    code: code ?? `HTTP_${status}`,
    errors,
  });
}

type ErrorBody = {
  readonly code?: string;
  readonly detail?: string;
  readonly errors?: readonly FieldProblem[];
  /** What API Gateway says by itself. */
  readonly message?: string;
};

function jsonIn(text: string): ErrorBody {
  try {
    return { ...JSON.parse(text) };
  } catch {
    return {};
  }
}
