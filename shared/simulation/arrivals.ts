import type { FieldProblem } from '../errors.ts';
import { JsonInvalidError, parseJson } from '../parse-json.ts';
import { fieldProblems } from '../validation.ts';
import type { Random } from './random.ts';
import {
  type ArrivalPattern,
  type RunTime,
  type Scenario,
  type TraceTask,
  traceTaskSchema,
} from './scenario.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** A task that arrives. */
export type ArrivingTask = { readonly runMs: number; readonly fails: boolean };

export type ArrivalsDeps = {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly arrive: (queue: string, tasks: readonly ArrivingTask[]) => void;
};

/** Where tasks come from. */
export interface ArrivalSource {
  /** True when no more tasks come unless others begin. */
  readonly isOver: boolean;
  start(): void;
  /** Called whenever a task begins for the first time. */
  onStart?(queue: string): void;
}

export const createArrivals = (
  { arrivals, trace }: Scenario,
  deps: ArrivalsDeps,
): ArrivalSource[] => [
  ...arrivals.map((arrival) => new Arrivals(arrival, { ...deps, random: deps.random.fork() })),
  new Trace(trace, deps),
];

/** Tasks of one kind: when they arrive, and how long they run. */
class Arrivals implements ArrivalSource {
  readonly #arrival: ArrivalPattern;
  readonly #deps: ArrivalsDeps;
  isOver = false;

  constructor(arrival: ArrivalPattern, deps: ArrivalsDeps) {
    this.#arrival = arrival;
    this.#deps = deps;
  }

  start(): void {
    const { from, count, keepWaiting, everySeconds } = this.#arrival;
    const first = count ?? keepWaiting;
    this.#deps.clock.at(from, () => {
      if (first !== undefined) this.#arriveAtOnce(first);
      else if (everySeconds !== undefined) this.#arriveAndContinue();
      else this.#continue();
    });
  }

  onStart(queue: string): void {
    if (this.#arrival.keepWaiting === undefined || queue !== this.#arrival.queue) return;
    if (this.#isOn()) this.#arrive(1);
  }

  #arriveAtOnce(count: number): void {
    this.isOver = true;
    this.#arrive(count);
  }

  #arriveAndContinue(): void {
    if (this.#isOn()) this.#arrive(1);
    this.#continue();
  }

  #continue(): void {
    const { clock, random } = this.#deps;
    const { perSecond, everySeconds, to = Number.POSITIVE_INFINITY } = this.#arrival;
    const gap = everySeconds ?? random.exponential(1 / (perSecond ?? 0));
    if (clock.seconds + gap < to) clock.after(gap * 1000, () => this.#arriveAndContinue());
    else this.isOver = true;
  }

  #isOn(): boolean {
    const { from, to = Number.POSITIVE_INFINITY, onSeconds, pauseSeconds } = this.#arrival;
    const { seconds } = this.#deps.clock;
    if (seconds < from || seconds >= to) return false;
    return onSeconds === undefined || (seconds - from) % (onSeconds + pauseSeconds) < onSeconds;
  }

  #arrive(count: number): void {
    const { random, arrive } = this.#deps;
    const { queue, runSeconds, fails } = this.#arrival;
    const tasks = Array.from({ length: count }, () => ({
      runMs: runMsOf(runSeconds, random),
      fails,
    }));
    arrive(queue, tasks);
  }
}

/** Tasks that arrive at known times. */
class Trace implements ArrivalSource {
  readonly #tasks: readonly TraceTask[];
  readonly #deps: ArrivalsDeps;
  #next = 0;

  constructor(tasks: readonly TraceTask[], deps: ArrivalsDeps) {
    this.#tasks = tasks.toSorted((one, other) => one.at - other.at);
    this.#deps = deps;
  }

  get isOver(): boolean {
    return this.#next >= this.#tasks.length;
  }

  start(): void {
    const task = this.#tasks[this.#next];
    if (!task) return;
    this.#deps.clock.at(task.at, () => {
      const { queue, runSeconds, fails } = task;
      this.#next += 1;
      this.#deps.arrive(queue, [{ runMs: runSeconds * 1000, fails }]);
      this.start();
    });
  }
}

/** Most tasks of a trace. */
const MAX_TRACE_TASKS = 1_000_000;

/** Problems that are reported at once. */
const MAX_PROBLEMS = 20;

/**
 * Reads a trace of tasks, one JSON object a line:
 * `{ "at": 12.5, "queue": "priority", "runSeconds": 0.2 }`. Empty lines are skipped.
 * @param queues those that workers serve
 * @returns the tasks, or the first 20 problems
 */
export function parseTrace(
  lines: Iterable<string>,
  queues: readonly string[],
): { tasks: TraceTask[] } | { problems: FieldProblem[] } {
  const problems: FieldProblem[] = [];
  const tasks: TraceTask[] = [];
  let number = 0;
  for (const line of lines) {
    number += 1;
    if (line.trim() === '') continue;
    const task = traceTaskOf(line, queues, `line ${number}`);
    if (Array.isArray(task)) problems.push(...task);
    else tasks.push(task);
    if (problems.length >= MAX_PROBLEMS || tasks.length > MAX_TRACE_TASKS) break;
  }
  // Lines that are wrong may have been meant as tasks.
  if (problems.length === 0) problems.push(...countProblems(tasks.length, number));
  return problems.length > 0 ? { problems: problems.slice(0, MAX_PROBLEMS) } : { tasks };
}

function countProblems(tasks: number, lines: number): FieldProblem[] {
  const path = `line ${Math.max(lines, 1)}`;
  if (tasks === 0) return [{ path, message: 'is the end, and no line has a task' }];
  if (tasks <= MAX_TRACE_TASKS) return [];
  return [{ path, message: `is one task too many; a trace has at most ${MAX_TRACE_TASKS}` }];
}

function traceTaskOf(
  line: string,
  queues: readonly string[],
  path: string,
): TraceTask | FieldProblem[] {
  let json: unknown;
  try {
    json = parseJson(line);
  } catch (error) {
    if (!(error instanceof JsonInvalidError)) throw error;
    return [{ path, message: error.message }];
  }
  const parsed = traceTaskSchema.safeParse(json);
  if (!parsed.success) return fieldProblems(parsed.error, path);
  const { queue } = parsed.data;
  if (queues.includes(queue)) return parsed.data;
  const message = `"${queue}" is not a queue that workers serve; they serve: ${queues.join(', ')}`;
  return [{ path: `${path}.queue`, message }];
}

function runMsOf(runTime: RunTime, random: Random): number {
  if (typeof runTime === 'number') return runTime * 1000;
  if (!Array.isArray(runTime)) return random.exponential(runTime.exponential * 1000);
  let ticket = random.next() * runTime.reduce((sum, { share }) => sum + share, 0);
  const drawn = runTime.find(({ share }) => {
    ticket -= share;
    return ticket < 0;
  });
  return (drawn ?? runTime[0] ?? { seconds: 0 }).seconds * 1000;
}
