import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { parseConfig } from '../../shared/config/config.ts';
import { Dispatcher } from '../../shared/dispatcher/dispatcher.ts';
import { MemoryBroker } from '../../shared/memory/broker.ts';
import { MemoryTaskLog } from '../../shared/memory/task-log.ts';
import { defineTask, taskCatalogue } from '../../shared/task/task-definition.ts';
import { quietLogger } from '../support/quiet-logger.ts';

describe('a task that could not travel is refused before it is sent', () => {
  const nestedTo = (levels: number): unknown =>
    Array.from({ length: levels }).reduce<unknown>((inner) => [inner], 'core');

  test.each([
    ['an empty label', { label: '' }, 'label'],
    ['a label that is no Unicode', { label: 'x\ud800' }, 'label'],
    ['no parameters', { parameters: undefined }, 'parameters'],
    ['parameters with a BigInt', { parameters: { size: 1n } }, 'parameters'],
    ['a label of 256 characters', { label: 'x'.repeat(256) }, 'label'],
    ['an owner of 1,025 characters', { owner: 'x'.repeat(1025) }, 'owner'],
    ['a delay of more than a quarter of an hour', { delaySeconds: 901 }, 'delaySeconds'],
    ['parameters nested 101 levels deep', { parameters: nestedTo(101) }, 'parameters'],
    ['parameters nested 10,000 levels deep', { parameters: nestedTo(10_000) }, 'parameters'],
  ])('%s', async (_case, changes, path) => {
    const broker = new MemoryBroker();
    const anything = defineTask({ name: 'anything', parameters: z.unknown() });
    const dispatcher = new Dispatcher({
      config: parseConfig(
        { queues: [{ name: 'main', weight: 1, broker: { type: 'sqs' } }] },
        'of a test',
      ),
      catalogue: taskCatalogue([anything]),
      brokers: new Map([['main', broker]]),
      log: new MemoryTaskLog(),
      logger: quietLogger(),
    });

    const enqueueing = dispatcher.enqueue({ name: 'anything', parameters: {}, ...changes });

    await expect(enqueueing).rejects.toMatchObject({
      code: 'PARAMETERS_INVALID',
      problems: [{ path, message: expect.not.stringContaining('call stack') }],
    });
    expect(await broker.depth()).toMatchObject({ waiting: 0 });
  });
});
