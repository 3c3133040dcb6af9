import { expect, test } from 'vitest';
import { parseConfig } from '../../shared/config/config.ts';
import { parseDeploymentOptions } from '../../shared/deployment/deployment-options.ts';

const onSqs = { name: 'priority', weight: 90, broker: { type: 'sqs' } };
const onSql = { name: 'reports', weight: 10, broker: { type: 'postgres', persistence: 'main' } };
const CONFIG = parseConfig({ queues: [onSqs] }, 'test');
const MIXED = parseConfig({ queues: [onSqs, onSql] }, 'test');

const parse = (context: Record<string, unknown>, config = CONFIG) =>
  parseDeploymentOptions(context, config);

/** Returns the problem of each option by its name. */
function problemsOf(context: Record<string, unknown>, config = CONFIG): [string, string][] {
  try {
    parse(context, config);
    return [];
  } catch (error) {
    const { problems } = error as { problems: { path: string; message: string }[] };
    return problems.map(({ path, message }) => [path, message]);
  }
}

test('without options there are no workers while nothing is to be done, and three at most', () => {
  expect(parse({})).toMatchObject({ spot: false, exec: false, minWorkers: 0, maxWorkers: 3 });
});

test('options are text on the command line, and may be more in cdk.json', () => {
  const options = { spot: true, exec: false, minWorkers: 1, maxWorkers: 20 };
  const asText = { spot: 'true', exec: 'false', minWorkers: '1', maxWorkers: '20' };

  expect(parse(asText)).toMatchObject(options);
  expect(parse(options)).toMatchObject(options);
});

test("CDK's own context is left alone", () => {
  const context = { 'aws:cdk:bundling-stacks': [], '@aws-cdk/core:x': 1, 'cli-telemetry': false };

  expect(problemsOf(context)).toEqual([]);
});

test('one error lists every problem', () => {
  const context = {
    spot: 'yes',
    maxWorkers: '0',
    stage: 'a b',
    maxWaitSeconds: 'priority=5',
    alarmEmail: 'me',
    budget: '-1',
    maxWorker: '7',
  };

  expect(problemsOf(context).map(([path]) => path)).toEqual([
    'stage',
    'spot',
    'maxWorkers',
    'maxWaitSeconds',
    'alarmEmail',
    'budget',
    '',
  ]);
  expect(problemsOf({ maxWorker: '7' })[0]?.[1]).toMatch(
    /^unknown "maxWorker"; accepted: config, stage,/,
  );
});

test.each([
  ['more workers at least than at most', { minWorkers: '5' }, 'minWorkers'],
  ['an on-demand base without Spot', { onDemandBase: '2' }, 'onDemandBase'],
  ['a budget without a recipient', { budget: '50' }, 'budget'],
  ['a wait for a queue that there is not', { maxWaitSeconds: 'urgent=60' }, 'maxWaitSeconds'],
])('%s is refused', (_what, context, path) => {
  expect(problemsOf(context).map(([problem]) => problem)).toEqual([path]);
});

test('with a queue on PostgreSQL one worker stays, because nobody else could wake the others', () => {
  expect(parse({}, MIXED).minWorkers).toBe(1);
  expect(problemsOf({ minWorkers: '0' }, MIXED)).toEqual([
    [
      'minWorkers',
      'must be 1 at least: nobody but workers sees the tasks of queues on PostgreSQL: "reports"',
    ],
  ]);
});

test('the longest wait is one for all queues, or that of each', () => {
  expect(parse({ maxWaitSeconds: '600' }).maxWaitSeconds).toEqual(new Map([['', 600]]));
  expect(parse({ maxWaitSeconds: '600,reports=3600' }, MIXED).maxWaitSeconds).toEqual(
    new Map([
      ['', 600],
      ['reports', 3600],
    ]),
  );
});

test('a web ACL is refused with the reason and where to read on', () => {
  expect(problemsOf({ waf: 'true' })).toEqual([
    ['waf', 'is not there: AWS WAF protects no HTTP APIs. docs/security.md says what does'],
  ]);
});
