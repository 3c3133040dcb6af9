import type { Logger } from '../../../shared/logger.ts';
import type { Task } from '../../../shared/task/task.ts';
import type { RunOutcome, WorkerObserver } from '../../../shared/worker/worker-observer.ts';
import { paint } from './paint.ts';
import { logLine, printableLine } from './printable.ts';

type Colour = Parameters<typeof paint>[0];

const COLOURS: Partial<Record<RunOutcome, Colour>> = {
  completed: 'green',
  failed: 'red',
  lost: 'red',
  'set-aside': 'red',
  unsettled: 'red',
  retried: 'yellow',
  cancelled: 'yellow',
};

/** What a worker does, for somebody who looks on: a line when a task begins, one when it ends. */
export function workerLog(write: (line: string) => unknown = say): {
  logger: Logger;
  observer: WorkerObserver;
} {
  const line = (colour: Colour, verb: string, ...rest: string[]): void => {
    write([clock(), paint(colour, verb), ...rest].join('  '));
  };
  const told =
    (colour: Colour) =>
    (message: string, fields?: Record<string, unknown>): void =>
      line(colour, logLine(message, fields));
  return {
    observer: {
      polled: () => undefined,
      picked: (queue, _waitedSeconds, task) =>
        line('dim', columns('begun'), ...nameOf(task), queue),
      ended: (queue, outcome, seconds, task) =>
        line(
          COLOURS[outcome] ?? 'dim',
          columns(outcome),
          ...nameOf(task),
          queue,
          durationOf(seconds),
        ),
    },
    logger: { info: told('dim'), warn: told('yellow'), error: told('red') },
  };
}

const say = (line: string): boolean => process.stdout.write(`${line}\n`);

const columns = (verb: string): string => verb.padEnd(9);

const clock = (): string => new Date().toTimeString().slice(0, 8);

const nameOf = (task: Task | undefined): string[] =>
  task ? [printableLine(task.id), printableLine(task.name)] : ['no task'];

/** `12 ms`, `1.2 s`, `2 min 5 s` */
export function durationOf(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
