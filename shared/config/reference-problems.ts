import * as z from 'zod';
import type { FieldProblem } from '../errors.ts';

/** Just enough shape to follow names, so that a bad weight elsewhere does not hide a bad name. */
const namesSchema = z.object({
  queues: z.array(z.object({ name: z.string() }).catch({ name: '' })).catch([]),
  defaultQueue: z.string().optional().catch(undefined),
  taskQueues: z.record(z.string(), z.string().catch('')).catch({}).default({}),
});

/** What is wrong between the parts of a configuration: no queue, one name twice, an unknown name. */
export function referenceProblems(raw: unknown): FieldProblem[] {
  const parsed = namesSchema.safeParse(raw);
  if (!parsed.success) return [];
  const { queues, defaultQueue, taskQueues } = parsed.data;
  const names = queues.map(({ name }) => name);
  if (names.length === 0) return [{ path: 'queues', message: 'at least one queue is needed' }];
  const known = `registered queues: ${[...new Set(names.filter(Boolean))].join(', ')}`;

  return [
    ...names.flatMap((name, index) =>
      name !== '' && names.indexOf(name) < index
        ? [{ path: `queues[${index}].name`, message: `"${name}" is the name of an earlier queue` }]
        : [],
    ),
    ...(defaultQueue !== undefined && !names.includes(defaultQueue)
      ? [{ path: 'defaultQueue', message: `"${defaultQueue}" is not registered; ${known}` }]
      : []),
    ...Object.entries(taskQueues).flatMap(([task, queue]) =>
      queue !== '' && !names.includes(queue)
        ? [{ path: `taskQueues.${task}`, message: `"${queue}" is not registered; ${known}` }]
        : [],
    ),
  ];
}
