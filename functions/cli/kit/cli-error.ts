import { TaskInProgressError, TaskQueueError } from '../../../shared/errors.ts';
import type { CommandRun } from '../host.ts';

/** Exit codes: 0 success, 1 refused or failed, 2 wrong usage. */
export const EXIT = { refused: 1, usage: 2 } as const;

/** A problem that the user must know, in whole sentences. Shown without a stack trace. */
export class CliError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.refused, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** The command line itself is wrong: options exclude each other, or an argument is not accepted. */
export const usageError = (message: string): CliError => new CliError(message, EXIT.usage);

/** @throws {CliError} with all problems of the command line, if there are any */
export function refuseAll(problems: readonly (string | false | undefined)[]): void {
  const found = problems.filter((problem) => typeof problem === 'string');
  if (found.length > 0) throw usageError([...found, 'Try --help.'].join('\n'));
}

export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** Set it to see the stack trace of an error, to debug the CLI itself. */
const DEBUG_VARIABLE = 'TASK_QUEUE_DEBUG';

/** Prints what went wrong, why, and what to do if that is known. @returns the exit code */
export function reportError(error: unknown, run: CommandRun): number {
  const { env, stderr } = run.host;
  const message = run.paintOn(stderr)('red', terminalMessageOf(error));
  const lines = [message, ...problemsOf(error), ...causesOf(error)];
  lines.push(...(adviceOn(error) ?? '').split('\n').filter(Boolean));
  if (env[DEBUG_VARIABLE] && error instanceof Error) lines.push(error.stack ?? '');
  stderr.write(`${lines.join('\n')}\n`);
  return error instanceof CliError ? error.exitCode : EXIT.refused;
}

/** The message of an error, with hints that fit a command line. */
export function terminalMessageOf(error: unknown): string {
  if (error instanceof TaskInProgressError) return `${error.reason} Use --force to do it anyway.`;
  return error instanceof Error ? error.message || error.name : String(error);
}

/** The message of a configuration error lists its problems already. */
function problemsOf(error: unknown): string[] {
  if (!(error instanceof TaskQueueError) || error.code === 'CONFIG_INVALID') return [];
  return error.problems.map(({ path, message }) => `  - ${path ? `${path}: ` : ''}${message}`);
}

/** Why a broker or a task log did not answer: refused credentials, or a dead host. */
function causesOf(error: unknown): string[] {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause === undefined) return [];
  return [`  because: ${namedMessage(cause)}`, ...causesOf(cause)];
}

/** The names of AWS errors tell more than their messages. */
function namedMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isInMessage = error.name === 'Error' || error.message.includes(error.name);
  return isInMessage ? error.message : `${error.name}: ${error.message}`;
}

/** By the names of errors of AWS, and of the SDK before it calls AWS: what to do. */
const ADVICE: readonly (readonly [names: RegExp, advice: string])[] = [
  [
    /^(ExpiredToken(Exception)?|RequestExpired|TokenProviderError)$/,
    'Sign in again (with SSO: `aws sso login`), or use other credentials: --aws-profile.',
  ],
  [
    /^(InvalidClientTokenId|UnrecognizedClientException|SignatureDoesNotMatch|InvalidSignatureException|InvalidAccessKeyId|IncompleteSignature|AuthFailure)$/,
    'AWS does not know these credentials. Check them with `aws sts get-caller-identity`, or use others: --aws-profile.',
  ],
  [
    /^(AccessDenied(Exception)?|AccessDeniedError|UnauthorizedOperation)$/,
    'Allow the action for these credentials, or use others: --aws-profile.',
  ],
  [
    /^CredentialsProviderError$/,
    'Specify a profile of `aws configure list-profiles` with --aws-profile, sign in to it (with SSO: `aws sso login`),\n' +
      'or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
  ],
  [/^(Throttling(Exception)?|TooManyRequestsException)$/, 'Try again in a minute.'],
];

/** The SDK throws it as a plain error. */
const NO_REGION = /^Region is missing/;

/** Returns advice on an error of AWS, or on one that caused this error. */
function adviceOn(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (NO_REGION.test(error.message)) return 'Specify the region with --region, or set AWS_REGION.';
  const [, advice] = ADVICE.find(([names]) => names.test(error.name)) ?? [];
  return advice ?? adviceOn(error.cause);
}
