import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { strategies as projectStrategies } from '../../functions/tasks/strategies.ts';
import { parseConfig } from '../../shared/config/config.ts';
import { BUILT_IN_STRATEGIES } from '../../shared/config/schema.ts';
import { parseOverrides } from '../../shared/control/parse-overrides.ts';
import {
  defineStrategy,
  type OwnStrategy,
  strategyCatalogue,
} from '../../shared/selector/own-strategy.ts';
import type { SelectableQueue, SelectorStrategy } from '../../shared/selector/selector-strategy.ts';
import { createSelector } from '../../shared/selector/strategies.ts';
import { aConfig } from '../support/a-config.ts';
import { quietLogger } from '../support/quiet-logger.ts';
import { counts, queue, THREE } from '../support/selectable-queues.ts';
import { workerHarness } from '../support/worker-harness.ts';
import { strategies } from '../tasks/strategies.ts';

/** A selector of a strategy of the tests, and its log. */
function ownSelector(name: string, all: readonly OwnStrategy[] = strategies) {
  const logger = quietLogger();
  const deps = { now: () => 0, random: () => 0, logger };
  return { ...createSelector(name, deps, strategyCatalogue(all)), logger };
}

/** A strategy whose `select` is this. */
const choosing = (select: SelectorStrategy['select']): OwnStrategy[] => [
  defineStrategy({ name: 'mine', create: () => ({ select }) }),
];

test('a strategy of the project decides', () => {
  const { select, logger } = ownSelector('lightest-first');

  expect(counts(select, THREE, 5)).toEqual({ background: 5 });
  expect(logger.lines).toEqual([]);
});

test('the strategy of the samples serves queues in turn', () => {
  const { select } = ownSelector('round-robin', projectStrategies);

  expect(counts(select, THREE, 300)).toEqual({ priority: 100, standard: 100, background: 100 });
});

describe('a strategy that fails', () => {
  const boom = (): never => {
    throw new Error('boom');
  };

  test.each(['throwing', 'nonsense'])(
    '%s: the queues share by weight meanwhile, and the log says so once',
    async (name) => {
      const { select, withdrawn, ended, logger } = ownSelector(name);

      const served = counts(select, THREE, 130);
      withdrawn({ name: 'priority', tier: 0 });
      ended({ queue: 'standard', runSeconds: 1 });
      // An unhandled rejection would fail this test.
      await new Promise(setImmediate);

      expect(served['none']).toBeUndefined();
      expect(served['priority']).toBeGreaterThanOrEqual(80);
      expect(served['background']).toBeGreaterThanOrEqual(9);
      expect(logger.lines).toEqual([
        {
          level: 'error',
          message: 'the strategy failed; "weighted" decides whenever it does',
          fields: expect.objectContaining({ strategy: name }),
        },
      ]);
    },
  );

  test('it chooses a queue that is not ready: a ready one is served', () => {
    const { select, logger } = ownSelector(
      'mine',
      choosing(() => 'heavy'),
    );
    const queues = [queue('heavy', 90, { ready: false, idle: true }), queue('light', 10)];

    expect(select(queues)).toBe('light');
    expect(logger.lines[0]?.fields).toMatchObject({ chosen: "'heavy'", ready: ['light'] });
  });

  test.each<[string, OwnStrategy['create']]>([
    ['throws', boom],
    ['returns nothing', () => JSON.parse('null')],
    ['returns something else', () => JSON.parse('{"select": "priority"}')],
  ])('its factory %s: "weighted" decides', (_case, create) => {
    const { select, ended, logger } = ownSelector('mine', [{ name: 'mine', create }]);

    expect(counts(select, THREE, 13)).toEqual({ priority: 9, standard: 3, background: 1 });
    ended({ queue: 'priority', runSeconds: 1 });
    expect(logger.lines).toHaveLength(1);
  });

  test('it throws what is no error, and the log can still be written', () => {
    const circular: Record<string, unknown> = { large: 10n };
    circular['self'] = circular;
    const { select, logger } = ownSelector(
      'mine',
      choosing(() => {
        throw circular;
      }),
    );

    expect(select(THREE)).toBe('priority');
    expect(String(logger.lines[0]?.fields['error'])).toContain('it threw');
  });

  test('it fails now and then: its other choices count', () => {
    let turn = 0;
    const { select } = ownSelector(
      'mine',
      choosing(() => (turn++ % 2 === 0 ? 'background' : boom())),
    );

    const served = counts(select, THREE, 26);

    expect(served['background']).toBe(14);
  });

  test('an unknown name that reaches a worker is logged, and the worker works', () => {
    const { select, logger } = ownSelector('no-such-strategy');

    expect(select(THREE)).toBe('priority');
    expect(String(logger.lines[0]?.fields['error'])).toContain('no strategy "no-such-strategy"');
  });
});

test('a strategy cannot change what the worker knows of its queues', () => {
  const { select } = ownSelector(
    'mine',
    choosing((queues) => {
      for (const each of queues) Object.assign(each, { ready: true, name: 'busy', weight: 1 });
      Object.assign(queues, { length: 0 });
      return 'busy';
    }),
  );
  const queues = [{ ...queue('busy', 90, { ready: false }), feed: {} }, queue('free', 10)];
  const before = structuredClone(queues);

  expect(select(queues)).toBe('free');
  expect(queues).toEqual(before);
});

test('a strategy sees only what the interface names', () => {
  const seen: SelectableQueue[] = [];
  const { select } = ownSelector(
    'mine',
    choosing((queues) => {
      seen.push(...queues);
      return queues[0]?.name;
    }),
  );

  select([{ ...queue('main', 1), feed: 'of the worker' } as SelectableQueue]);

  expect(seen).toEqual([queue('main', 1)]);
});

describe('a worker whose strategy fails', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test.each(['throwing', 'nonsense'])('%s: finishes every task of every queue', async (name) => {
    const queues = { priority: 90, standard: 30, background: 10 };
    const harness = workerHarness({ queues, strategy: name });
    for (const each of Object.keys(queues)) {
      harness.handleIn(each, 50);
      await harness.enqueue(each, each, 60);
    }

    const { worker, ended } = harness.startWorker('worker-1', {
      strategies: strategyCatalogue(strategies),
    });
    await vi.advanceTimersByTimeAsync(60_000);
    worker.drain();
    await vi.advanceTimersByTimeAsync(30_000);
    await ended;

    expect(harness.started).toHaveLength(180);
    const failures = harness.logger.lines.filter(({ message }) => message.includes('strategy'));
    expect(failures).toHaveLength(1);
  });
});

describe('the name of a strategy', () => {
  const NAMES = strategies.map(({ name }) => name);
  const QUEUES = [{ name: 'main', weight: 1, broker: { type: 'sqs' } }];

  test.each(['lightest-first', ...BUILT_IN_STRATEGIES])('"%s" is accepted', (strategy) => {
    const config = parseConfig({ queues: QUEUES, strategy }, 'of a test', NAMES);

    expect(config.strategy).toBe(strategy);
    expect(parseOverrides({ strategy }, config, NAMES)).toEqual({ overrides: { strategy } });
  });

  test('an unknown one is refused with all that there are', () => {
    const refused = () => parseConfig({ queues: QUEUES, strategy: 'lightest' }, 'of a test', NAMES);

    expect(refused).toThrow(
      'strategy: "lightest" is unknown; expected one of "weighted"|"weighted-time"|' +
        '"weighted-random"|"strict-priority"|"lightest-first"|"throwing"|"nonsense"',
    );
    expect(parseOverrides({ strategy: 'lightest' }, aConfig(), NAMES)).toEqual({
      problems: [{ path: 'strategy', message: expect.stringContaining('"lightest-first"') }],
    });
  });

  test.each([
    [{ name: 'weighted' }, '"weighted" is a built-in strategy'],
    [{ name: '' }, 'must be 1 to 64 letters'],
    [{ name: 'round robin' }, 'not "round robin"'],
    [{ name: 'mine', create: JSON.parse('{}') }, 'must be a function that returns a new strategy'],
  ])('%o cannot be defined', (options, message) => {
    const create = () => ({ select: () => undefined });

    expect(() => defineStrategy({ create, ...options })).toThrow(message);
  });

  test('two strategies of one name, and something else than a strategy, are refused at once', () => {
    const [one] = strategies;
    const broken: OwnStrategy[] = [...strategies, ...(one ? [one] : []), JSON.parse('{}')];

    expect(() => strategyCatalogue(broken)).toThrow(
      /"lightest-first" is the name of an earlier strategy\n.*name: must be 1 to 64 letters/,
    );
  });
});
