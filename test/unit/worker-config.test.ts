import { expect, test } from 'vitest';
import { localConfig, workerConfig } from '../../shared/config/worker-config.ts';
import { aConfig } from '../support/a-config.ts';

const queue = (name: string, more = {}) => ({ name, weight: 1, broker: { type: 'sqs' }, ...more });
const config = aConfig({ queues: [queue('a', { minSlots: 2 }), queue('b')] });

test('a worker serves all queues unless it is given one', () => {
  expect(workerConfig(config, {})).toEqual(config);
  expect(workerConfig(config, { queue: 'b' }).queues.map(({ name }) => name)).toEqual(['b']);
  expect(workerConfig(config, { concurrency: 3 }).worker.concurrency).toBe(3);
});

test('a queue that is not registered, or slots that do not suffice, are refused with what would do', () => {
  expect(() => workerConfig(config, { queue: 'c' })).toThrow(
    '"c" is not registered; registered queues: a, b',
  );
  expect(() => workerConfig(config, { concurrency: 2 })).toThrow('"b" would starve');
  expect(() => workerConfig(config, { queue: 'b', concurrency: 1 })).not.toThrow();
});

test("on somebody's own machine a worker neither waits nor lingers", () => {
  expect(localConfig(config).worker).toMatchObject({ pollWaitSeconds: 2, shutdownGraceSeconds: 2 });
});
