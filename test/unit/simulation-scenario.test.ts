import { describe, expect, test } from 'vitest';
import { parseTrace } from '../../shared/simulation/arrivals.ts';
import type { Start } from '../../shared/simulation/fleet.ts';
import { parseScenario } from '../../shared/simulation/scenario.ts';
import { simulate } from '../../shared/simulation/simulate.ts';

const NAMES = ['priority', 'background'];
const QUEUES = NAMES.map((name) => ({ name, weight: 1, broker: { type: 'sqs' } }));

describe('a trace', () => {
  test('brings its tasks at their times', async () => {
    const lines = [
      '{"at": 12.5, "queue": "background", "runSeconds": 0.2}',
      '',
      '{"at": 2, "queue": "priority", "runSeconds": 1, "fails": true}',
    ];
    const parsed = parseTrace(lines, NAMES);
    const trace = 'tasks' in parsed ? parsed.tasks : [];
    const starts: Start[] = [];
    const scenario = parseScenario(
      { config: { queues: QUEUES }, trace, seconds: 600 },
      'of a test',
    );
    await simulate(scenario, { seed: 1, onStart: (start) => void starts.push(start) });

    const first = starts.filter(({ isRepeated }) => !isRepeated);
    expect(first.map(({ task, second }) => [task.queue, Math.floor(second)])).toEqual([
      ['priority', 2],
      ['background', 12],
    ]);
    expect(starts.filter(({ isRepeated }) => isRepeated)).toHaveLength(4);
  });

  test('is refused with every problem and its line', () => {
    const lines = [
      '{"at": 1, "queue": "priority", "runSeconds": 1}',
      'no JSON',
      '{"at": -1, "queue": "priority", "runSeconds": "long"}',
      '{"at": 1, "queue": "urgent", "runSeconds": 1}',
      '{"at": 1, "queue": "priority", "runSeconds": 1, "weight": 2}',
    ];

    expect(parseTrace(lines, NAMES)).toEqual({
      problems: [
        { path: 'line 2', message: expect.stringContaining('is not JSON') },
        { path: 'line 3.at', message: expect.stringContaining('>=0') },
        { path: 'line 3.runSeconds', message: expect.stringContaining('expected number') },
        {
          path: 'line 4.queue',
          message: '"urgent" is not a queue that workers serve; they serve: priority, background',
        },
        { path: 'line 5', message: 'unknown "weight"; accepted: at, queue, runSeconds, fails' },
      ],
    });
  });

  test('of thousands of bad lines reports the first 20', () => {
    const lines = Array.from({ length: 5000 }, () => '?');

    expect(parseTrace(lines, NAMES)).toHaveProperty('problems.length', 20);
  });

  test('without a task is refused', () => {
    expect(parseTrace(['', ' '], NAMES)).toEqual({
      problems: [{ path: 'line 2', message: 'is the end, and no line has a task' }],
    });
  });
});

describe('a scenario is refused', () => {
  test('when an arrival says twice, or not at all, how its tasks come', () => {
    const arrivals = [
      { queue: 'priority', runSeconds: 1 },
      { queue: 'priority', runSeconds: 1, count: 1, perSecond: 1 },
    ];
    const input = { config: { queues: QUEUES }, seconds: 1, arrivals };

    expect(() => parseScenario(input, 'of a test')).toThrow(
      expect.objectContaining({
        problems: [0, 1].map((index) => ({
          path: `arrivals[${index}]`,
          message: 'needs one of: count, perSecond, everySeconds, keepWaiting',
        })),
      }),
    );
  });

  test('when it names a queue that the configuration does not have', () => {
    const input = {
      config: { queues: QUEUES },
      seconds: 1,
      arrivals: [{ queue: 'urgent', runSeconds: 1, count: 1 }],
    };

    expect(() => parseScenario(input, 'of a test')).toThrow(
      expect.objectContaining({
        problems: [expect.objectContaining({ path: 'arrivals[0].queue' })],
      }),
    );
  });
});
