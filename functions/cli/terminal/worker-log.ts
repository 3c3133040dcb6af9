import { guarded } from '../../../shared/foreign/logging.ts';
import type { Logger } from '../../../shared/logger.ts';
import type { RunOutcome, WorkerObserver } from '../../../shared/worker/worker-observer.ts';
import { durationText, type Format, logLine, type Paint, printableLine } from './text.ts';

type NamedTask = { readonly id: string; readonly name: string };

const COLOURS: Partial<Record<RunOutcome, Format>> = {
  completed: 'green',
  failed: 'red',
  lost: 'red',
  'set-aside': 'red',
  unsettled: 'red',
  retried: 'yellow',
  cancelled: 'yellow',
};
const colourOf: Readonly<Record<string, Format | undefined>> = COLOURS;

/** Shows people what a worker does: one line when a task begins, and one when it ends. */
export function workerLog(
  write: (line: string) => unknown,
  paint: Paint,
): {
  logger: Logger;
  observer: WorkerObserver;
  /** Writes the line of a task that has ended. @param seconds that it ran, if that is known */
  ended(queue: string, outcome: string, seconds?: number, task?: NamedTask): void;
} {
  const line = (colour: Format, verb: string, ...rest: string[]): void => {
    write([clock(), paint(colour, verb), ...rest].join('  '));
  };
  const logAs =
    (colour: Format) =>
    (message: string, fields?: Record<string, unknown>): void =>
      line(colour, logLine(message, fields));
  const ended = (queue: string, outcome: string, seconds?: number, task?: NamedTask): void =>
    line(
      colourOf[outcome] ?? 'dim',
      columns(outcome),
      ...nameOf(task),
      queue,
      ...(seconds === undefined ? [] : [durationText(seconds)]),
    );
  return {
    ended,
    observer: {
      polled: () => undefined,
      picked: (queue, _waitedSeconds, task) =>
        line('dim', columns('begun'), ...nameOf(task), queue),
      ended,
    },
    logger: guarded({ info: logAs('dim'), warn: logAs('yellow'), error: logAs('red') }),
  };
}

const columns = (verb: string): string => verb.padEnd(9);

const clock = (): string => new Date().toTimeString().slice(0, 8);

const nameOf = (task: NamedTask | undefined): string[] =>
  task ? [printableLine(task.id), printableLine(task.name)] : ['no task'];
