import { BUILT_IN_STRATEGIES } from '../config/schema.ts';
import { ConfigInvalidError, type FieldProblem } from '../errors.ts';
import type {
  CreateStrategy,
  EndedTask,
  SelectableQueue,
  SelectionMoment,
  SelectorStrategy,
} from './selector-strategy.ts';

/** A strategy of a project. The setting `strategy` selects it by its name. */
export type OwnStrategy = {
  /** 1 to 64 letters, digits, "-" or "_", first a letter. Not the name of a built-in strategy. */
  readonly name: string;
  /** Returns a new strategy. Each worker calls it for each tier, and when the setting changes. */
  readonly create: CreateStrategy;
};

/**
 * Defines a strategy. Export it in the array `strategies` of strategies.ts, beside handlers.ts.
 * @throws {ConfigInvalidError} when the name cannot be used
 */
export function defineStrategy(strategy: OwnStrategy): OwnStrategy {
  const problems = problemsOf(strategy);
  if (problems.length > 0) throw new ConfigInvalidError('of a strategy', problems);
  return strategy;
}

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

function problemsOf({ name, create }: Partial<OwnStrategy>): FieldProblem[] {
  const isTaken = BUILT_IN_STRATEGIES.some((builtIn) => builtIn === name);
  const checks: [isWrong: boolean, path: string, message: string][] = [
    [
      typeof name !== 'string' || !NAME.test(name),
      'name',
      `must be 1 to 64 letters, digits, "-" or "_", first a letter, not ${JSON.stringify(name)}`,
    ],
    [isTaken, 'name', `"${name}" is a built-in strategy`],
    [typeof create !== 'function', 'create', 'must be a function that returns a new strategy'],
  ];
  return checks.flatMap(([isWrong, path, message]) => (isWrong ? [{ path, message }] : []));
}

/** The strategies of a project, by name. */
export type StrategyCatalogue = ReadonlyMap<string, CreateStrategy>;

/** @throws {ConfigInvalidError} naming every strategy that cannot be used, and names that occur twice */
export function strategyCatalogue(strategies: readonly OwnStrategy[]): StrategyCatalogue {
  const names = strategies.map(({ name }) => name);
  const problems = strategies.flatMap((strategy, index) => [
    ...problemsOf(strategy),
    ...(names.indexOf(strategy.name) < index
      ? [{ path: 'name', message: `"${strategy.name}" is the name of an earlier strategy` }]
      : []),
  ]);
  if (problems.length > 0) throw new ConfigInvalidError('of strategies.ts', problems);
  return new Map(strategies.map(({ name, create }) => [name, () => new Sheltered(create())]));
}

/**
 * Keeps the code of a project away from the objects of the worker, which it could change, and from
 * promises, whose rejection would end the process.
 */
class Sheltered implements SelectorStrategy {
  readonly #strategy: SelectorStrategy;

  constructor(strategy: SelectorStrategy) {
    this.#strategy = strategy;
  }

  select(queues: readonly SelectableQueue[], moment: SelectionMoment): string | undefined {
    return synchronous('select', this.#strategy.select(queues.map(copyOf), { ...moment }));
  }

  withdrawn(queue: string, now: number): void {
    synchronous('withdrawn', this.#strategy.withdrawn?.(queue, now));
  }

  ended(task: EndedTask, now: number): void {
    synchronous('ended', this.#strategy.ended?.({ ...task }, now));
  }
}

/** Without the properties that only the worker knows. */
const copyOf = ({ name, weight, tier, ready, idle, emptied }: SelectableQueue) => ({
  name,
  weight,
  tier,
  ready,
  idle,
  emptied,
});

function synchronous<Result>(method: string, result: Result): Result {
  if (!(result instanceof Promise)) return result;
  // Nobody waits for it, and an unhandled rejection ends the process.
  result.catch(() => undefined);
  throw new Error(`${method}() returned a promise; a strategy answers at once`);
}
