import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import {
  ConfigInvalidError,
  ParametersInvalidError,
  TaskNameUnknownError,
} from '../../shared/errors.ts';
import { Report } from '../../shared/report/report.ts';
import { defineTask, parseParameters, taskCatalogue } from '../../shared/task/task-definition.ts';
import { aContext } from '../support/a-context.ts';

const parameters = z.strictObject({
  deliveryId: z.string(),
  rows: z.array(z.object({ score: z.coerce.number().max(100) })).default([]),
});
const exportResults = defineTask({ name: 'export-results', parameters });

/** The error that an action must end with. */
function errorOf(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('defineTask', () => {
  test('a name and a shape are enough, the rest has defaults', () => {
    expect(exportResults).toMatchObject({
      name: 'export-results',
      category: 'unknown',
      retry: { maxAttempts: 5, baseSeconds: 2, maxSeconds: 900 },
      timeoutSeconds: 3600,
    });
    expect(exportResults.queue).toBeUndefined();
  });

  test('what a definition says stands, and each part of the retry policy has its own default', () => {
    const definition = defineTask({
      name: 'export-results',
      category: 'export',
      parameters,
      queue: ({ deliveryId }) => (deliveryId === 'vip' ? 'priority' : undefined),
      retry: { maxAttempts: 1 },
      timeoutSeconds: 30,
    });

    expect(definition).toMatchObject({
      category: 'export',
      retry: { maxAttempts: 1, baseSeconds: 2, maxSeconds: 900 },
      timeoutSeconds: 30,
    });
    expect(definition.queue?.({ deliveryId: 'vip', rows: [] })).toBe('priority');
  });

  test('an option that is given as undefined has its default', () => {
    const task = defineTask({
      name: 'tick',
      parameters: z.object({}),
      category: undefined,
      timeoutSeconds: undefined,
      retry: { maxAttempts: undefined, baseSeconds: 7, maxSeconds: undefined },
    });

    expect(task).toMatchObject({
      category: 'unknown',
      timeoutSeconds: 3600,
      retry: { maxAttempts: 5, baseSeconds: 7, maxSeconds: 900 },
    });
  });
});

describe('a handler', () => {
  test('gets the parameters as its schema made them, and the context', async () => {
    const context = aContext();
    const handler = exportResults.handledBy(async (call) =>
      Report.info('ran', { ...call.parameters, taskId: call.context.taskId }),
    );

    const report = await handler.run({ deliveryId: 'd-1', rows: [{ score: '7' }] }, context);

    expect(handler.definition).toBe(exportResults);
    expect(report?.data).toEqual({
      deliveryId: 'd-1',
      rows: [{ score: 7 }],
      taskId: context.taskId,
    });
  });

  test('need not return a report', async () => {
    const handler = exportResults.handledBy(async () => {});

    expect(await handler.run({ deliveryId: 'd-1' }, aContext())).toBeUndefined();
  });

  test('is not run with parameters that do not fit', async () => {
    let runs = 0;
    const handler = exportResults.handledBy(async () => {
      runs += 1;
    });

    const run = handler.run({ deliveryId: 1 }, aContext());

    await expect(run).rejects.toBeInstanceOf(ParametersInvalidError);
    expect(runs).toBe(0);
  });
});

describe('parseParameters', () => {
  test('names every field that is wrong, by its path', () => {
    const bad = { rows: [{ score: 1 }, { score: 101 }], format: 'csv' };

    const error = errorOf(() => parseParameters(exportResults, bad));

    expect(error).toBeInstanceOf(ParametersInvalidError);
    expect(error).toMatchObject({
      code: 'PARAMETERS_INVALID',
      message: expect.stringContaining('"export-results"'),
      problems: [
        { path: 'parameters.deliveryId', message: expect.stringContaining('expected string') },
        { path: 'parameters.rows[1].score', message: expect.stringContaining('<=100') },
        { path: 'parameters', message: expect.stringContaining('"format"') },
      ],
    });
  });
});

describe('taskCatalogue', () => {
  const importResults = defineTask({ name: 'import-results', parameters: z.unknown() });

  test('finds a definition by its name', () => {
    const catalogue = taskCatalogue([exportResults, importResults]);

    expect(catalogue.names).toEqual(['export-results', 'import-results']);
    expect(catalogue.get('import-results')).toBe(importResults);
  });

  test.each(['export', 'Export-Results', '', 'constructor', '__proto__'])(
    'does not know "%s", and names those it knows',
    (name) => {
      const catalogue = taskCatalogue([exportResults, importResults]);

      const error = errorOf(() => catalogue.get(name));

      expect(error).toBeInstanceOf(TaskNameUnknownError);
      expect(error).toMatchObject({
        code: 'TASK_NAME_UNKNOWN',
        message: `No task is named "${name}".`,
        problems: [{ path: 'name', message: 'must be one of export-results, import-results' }],
      });
    },
  );

  test('refuses two definitions of one name, naming all that are there twice', () => {
    const error = errorOf(() =>
      taskCatalogue([exportResults, importResults, importResults, exportResults]),
    );

    expect(error).toBeInstanceOf(ConfigInvalidError);
    expect(error).toMatchObject({
      problems: [{ path: 'import-results' }, { path: 'export-results' }],
    });
  });
});

test('a definition out of its ranges is refused, naming every option', () => {
  const define = () =>
    defineTask({
      name: 'never',
      parameters: z.strictObject({}),
      category: 'exports' as never,
      timeoutSeconds: 5_000_000,
      retry: { maxAttempts: 0, maxSeconds: 100_000 },
    });

  expect(define).toThrow('timeoutSeconds: must be 1 to 43200, not 5000000');
  expect(define).toThrow('maxAttempts: must be 1 to 1000, not 0');
  expect(define).toThrow('maxSeconds: must be 0 to 43200, not 100000');
  expect(define).toThrow(/category: must be one of import, export, .*unknown, not "exports"/);
});
