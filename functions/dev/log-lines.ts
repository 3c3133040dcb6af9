import { workerLog } from '../cli/terminal/worker-log.ts';

/** A line of a process that writes JSON, as its logger made it. */
type LogEntry = Record<string, unknown> & {
  readonly level: string;
  readonly message: string;
  readonly task?: EndedTask;
};

/** The ended task of an event: shared/events. */
type EndedTask = {
  readonly id: string;
  readonly name: string;
  readonly queue: string;
  readonly status: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
};

const SEVERITY: Readonly<Record<string, 'warn' | 'error' | undefined>> = {
  WARN: 'warn',
  ERROR: 'error',
};

/** Fields that tell a person nothing new. */
const NOISE = new Set(['timestamp', 'service', 'sampling_rate', 'usage', 'traceId']);

/**
 * Turns the JSON lines of all processes into short lines for people: one for each task that has
 * ended, and one for each message.
 */
export function linesForPeople(
  write: (line: string) => unknown,
): (process: string, line: string) => void {
  const { logger, ended } = workerLog(write);
  return (process, line) => {
    const entry = entryIn(line);
    if (!entry) {
      if (!line.startsWith('ready')) write(`${process} | ${line}`);
      return;
    }
    const { level, message, task, ...fields } = entry;
    if (task) ended(task.queue, task.status, secondsOf(task), task);
    else logger[SEVERITY[level] ?? 'info'](`${process}: ${message}`, newsIn(fields));
  };
}

function entryIn(line: string): LogEntry | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const entry = JSON.parse(line) as Partial<LogEntry>;
    return typeof entry.message === 'string' ? (entry as LogEntry) : undefined;
  } catch {
    return undefined;
  }
}

const secondsOf = ({ startedAt, finishedAt }: EndedTask): number | undefined =>
  startedAt && finishedAt ? (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000 : undefined;

function newsIn({ error, ...fields }: Record<string, unknown>): Record<string, unknown> {
  const news = Object.entries(fields).filter(([name]) => !NOISE.has(name));
  return { ...Object.fromEntries(news), error: reasonOf(error) };
}

/** An error arrives as an object with its message and stack. */
const reasonOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'message' in error ? error.message : error;
