import { TaskInProgressError, TaskQueueError } from '../../../shared/errors.ts';
import { factsOf } from '../../../shared/foreign/error.ts';
import { causesOf, errorName, isA, messageOf } from '../../../shared/foreign/text.ts';
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

/** Set it to see the stack trace of an error, to debug the CLI itself. */
const DEBUG_VARIABLE = 'TASK_QUEUE_DEBUG';

/** Prints what went wrong, why, and what to do if that is known. @returns the exit code */
export function reportError(error: unknown, run: CommandRun): number {
  const { env, stderr } = run.host;
  const message = run.paintOn(stderr)('red', terminalMessageOf(error));
  const lines = [message, ...problemsOf(error), ...reasonsOf(error)];
  lines.push(...(adviceOn(error) ?? '').split('\n').filter(Boolean));
  if (env[DEBUG_VARIABLE]) lines.push(factsOf(error).stack ?? '');
  stderr.write(`${lines.join('\n')}\n`);
  return isA(error, CliError) ? error.exitCode : EXIT.refused;
}

/** The message of an error, with hints that fit a command line. */
export function terminalMessageOf(error: unknown): string {
  if (isA(error, TaskInProgressError)) return `${error.reason} Use --force to do it anyway.`;
  return messageOf(error);
}

/** The message of a configuration error lists its problems already. */
function problemsOf(error: unknown): string[] {
  if (!isA(error, TaskQueueError) || error.code === 'CONFIG_INVALID') return [];
  return error.problems.map(({ path, message }) => `  - ${path ? `${path}: ` : ''}${message}`);
}

/** Why a broker or a task log did not answer: refused credentials, or a dead host. */
const reasonsOf = (error: unknown): string[] =>
  causesOf(error)
    .slice(1)
    .map((cause) => `  because: ${namedMessage(cause)}`);

/** The names of AWS errors tell more than their messages. */
function namedMessage(error: unknown): string {
  const message = messageOf(error);
  const name = errorName(error);
  return name === 'Error' || message.includes(name) ? message : `${name}: ${message}`;
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
const NO_REGION_ADVICE = 'Specify the region with --region, or set AWS_REGION.';

/** Returns advice on an error of AWS, or on one that caused this error. */
function adviceOn(error: unknown): string | undefined {
  for (const cause of causesOf(error)) {
    const name = errorName(cause);
    if (NO_REGION.test(messageOf(cause))) return NO_REGION_ADVICE;
    const [, advice] = ADVICE.find(([names]) => names.test(name)) ?? [];
    if (advice !== undefined) return advice;
  }
  return undefined;
}
