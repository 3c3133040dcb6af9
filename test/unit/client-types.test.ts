import { expectTypeOf, test } from 'vitest';
import * as z from 'zod';
import type { listQuery } from '../../functions/api/list-tasks.ts';
import type { TaskView } from '../../shared/api/views.ts';
import {
  createClient,
  type ListFilters,
  type NewTask,
  type ParametersOf,
  type TaskName,
  type TaskQueueClient,
} from '../../shared/client/client.ts';
import { defineTask } from '../../shared/task/task-definition.ts';
import type { contracts } from '../tasks/contracts.ts';

type Tasks = typeof contracts;

// tsc checks these assertions, in npm run check.

test('the names are those of the contracts', () => {
  expectTypeOf<TaskName<Tasks>>().toEqualTypeOf<
    'compute-statistics' | 'deliver-webhook' | 'export-results' | 'import-results'
  >();
});

test('the parameters are what the schema of that name takes', () => {
  expectTypeOf<ParametersOf<Tasks, 'export-results'>>().toEqualTypeOf<{
    deliveryId: string;
    rows: number;
  }>();
});

test('a task of an array has the parameters of its own name', () => {
  expectTypeOf<{ name: 'import-results'; parameters: { csv: string } }>().toExtend<
    NewTask<Tasks>
  >();
  expectTypeOf<{ name: 'import-results'; parameters: { values: number[] } }>().not.toExtend<
    NewTask<Tasks>
  >();
});

test('parameters are those that are sent, before the schema fills in and converts', () => {
  const scheduled = defineTask({
    name: 'scheduled',
    parameters: z.object({
      at: z.iso.datetime().transform((text) => new Date(text)),
      n: z.int().default(1),
    }),
  });

  expectTypeOf<ParametersOf<readonly [typeof scheduled], 'scheduled'>>().toEqualTypeOf<{
    at: string;
    n?: number | undefined;
  }>();
});

test('the filters are those of GET /tasks, except the paging parameters', () => {
  type Fields = keyof z.input<typeof listQuery>;
  expectTypeOf<keyof ListFilters>().toEqualTypeOf<
    Exclude<Fields, 'cursor' | 'offset' | 'page' | 'rows'>
  >();
});

test('a client takes nothing else', () => {
  // Never called: tsc reads it.
  const uses = async (client: TaskQueueClient<Tasks>) => {
    expectTypeOf(
      await client.task('01ARZ3NDEKTSV4RRFFQ69G5FAV', { wait: 20 }),
    ).toEqualTypeOf<TaskView>();
    await client.enqueue('export-results', { deliveryId: 'd-1', rows: 3 }, { label: 'June' });
    // @ts-expect-error no task has this name
    await client.enqueue('export-result', { deliveryId: 'd-1', rows: 3 });
    // @ts-expect-error rows is a number
    await client.enqueue('export-results', { deliveryId: 'd-1', rows: '3' });
    // @ts-expect-error rows is missing
    await client.enqueue('export-results', { deliveryId: 'd-1' });
    // @ts-expect-error format is not known
    await client.enqueue('export-results', { deliveryId: 'd-1', rows: 3, format: 'csv' });
    // @ts-expect-error there is no such status
    for await (const _ of client.list({ status: 'done' }));
    // @ts-expect-error the address is missing
    createClient<Tasks>({});
  };
  expectTypeOf(uses).toBeFunction();
});
