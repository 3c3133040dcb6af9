import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { Report } from '../../shared/report/report.ts';
import { defineTask } from '../../shared/task/task-definition.ts';

export const exportResults = defineTask({
  name: 'export-results',
  category: 'export',
  parameters: z.strictObject({
    deliveryId: z
      .string()
      .min(1)
      .meta({ examples: ['vip-1'] }),
    rows: z
      .int()
      .min(1)
      .max(1_000_000)
      .meta({ examples: [500] }),
  }),
  queue: ({ deliveryId }) => (deliveryId.startsWith('vip-') ? 'priority' : undefined),
  retry: { maxAttempts: 5 },
  timeoutSeconds: 300,
});

/** Stores a CSV file with a header and that many rows, and reports progress. */
export const exportResultsHandler = exportResults.handledBy(async ({ parameters, context }) => {
  const { deliveryId, rows } = parameters;
  const name = `${deliveryId}.csv`;
  const directory = await mkdtemp(join(tmpdir(), 'test-export-results-'));
  try {
    const path = join(directory, name);
    const lines = Array.from({ length: rows }, (_, row) => `${row + 1},${deliveryId}\n`);
    await writeFile(path, ['row,delivery\n', ...lines].join(''));
    await context.progress(100, 'rows written');
    await context.storeFile({ name, path, contentType: 'text/csv' });
    return Report.success(`Exported ${rows} rows of delivery ${deliveryId}`, { file: name, rows });
  } finally {
    await rm(directory, { recursive: true });
  }
});
