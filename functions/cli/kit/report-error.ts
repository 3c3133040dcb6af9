import { TaskInProgressError, TaskQueueError } from '../../../shared/errors.ts';
import { paintError } from '../terminal/paint.ts';
import { adviceOn } from './aws-advice.ts';
import { CliError, EXIT } from './cli-error.ts';

/** Set, it shows where an error comes from: for those who look for a bug in here. */
const DEBUG_VARIABLE = 'TASK_QUEUE_DEBUG';

/** Says what went wrong, why and what to do as far as that is known, and chooses the exit code. */
export function reportError(error: unknown, env: NodeJS.ProcessEnv = process.env): number {
  const lines = [paintError(messageOf(error)), ...problemsOf(error), ...causesOf(error)];
  lines.push(...(adviceOn(error) ?? '').split('\n').filter(Boolean));
  if (env[DEBUG_VARIABLE] && error instanceof Error) lines.push(error.stack ?? '');
  process.stderr.write(`${lines.join('\n')}\n`);
  return error instanceof CliError ? error.exitCode : EXIT.refused;
}

/** What went wrong, with the hints as they are right at a terminal. */
export function messageOf(error: unknown): string {
  if (error instanceof TaskInProgressError) return `${error.reason} Use --force to do it anyway.`;
  return error instanceof Error ? error.message || error.name : String(error);
}

/** The configuration's errors list their problems in the message already. */
function problemsOf(error: unknown): string[] {
  if (!(error instanceof TaskQueueError) || error.code === 'CONFIG_INVALID') return [];
  return error.problems.map(({ path, message }) => `  - ${path ? `${path}: ` : ''}${message}`);
}

/** What a broker or a log did not answer with: refused credentials, a dead host. */
function causesOf(error: unknown): string[] {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause === undefined) return [];
  return [`  because: ${namedMessage(cause)}`, ...causesOf(cause)];
}

/** The names of AWS's errors say more than their messages. */
function namedMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isSpeaking = error.name === 'Error' || error.message.includes(error.name);
  return isSpeaking ? error.message : `${error.name}: ${error.message}`;
}
