import * as z from 'zod';
import { messageOf } from '../../../shared/foreign/text.ts';
import { Report } from '../../../shared/report/report.ts';
import { PermanentTaskError } from '../../../shared/task/task-context.ts';
import { importResults } from './contract.ts';

const COLUMNS = ['participant', 'score'];

const rowSchema = z.object({
  participant: z.string('has no participant').min(1, 'has no participant'),
  score: z
    .string('has no score')
    .regex(/^\d+(\.\d+)?$/, 'has a score that is not a number')
    .transform(Number)
    .refine((score) => score <= 100, 'has a score over 100'),
});

export const importResultsHandler = importResults.handledBy(async ({ parameters: { csv } }) => {
  const rows = await readRows(csv);
  const rejected: Report[] = [];
  const scores: number[] = [];
  for (const { line, record } of rows) {
    const parsed = rowSchema.safeParse(record);
    if (parsed.success) {
      scores.push(parsed.data.score);
    } else {
      const reasons = parsed.error.issues.map(({ message }) => message);
      rejected.push(Report.warning(`Line ${line} ${reasons.join(' and ')}`, { ...record }));
    }
  }
  const sum = scores.reduce((total, score) => total + score, 0);
  const summary = { accepted: scores.length, rejected: rejected.length, sum };
  return Report.success(`Imported ${scores.length} of ${rows.length} lines`, summary, rejected);
});

/** The rows of csv-parse with the option `info`. */
const parsedSchema = z.array(
  z.object({ info: z.object({ lines: z.int() }), record: z.record(z.string(), z.string()) }),
);

type Row = { readonly line: number; readonly record: Record<string, string> };

/** @throws {PermanentTaskError} when it is no CSV with the columns we need */
async function readRows(csv: string): Promise<Row[]> {
  // Loaded with the first task of this name: a worker that never runs one starts without it.
  const { parse } = await import('csv-parse/sync');
  let header: string[] = [];
  try {
    const rows: unknown = parse(csv, {
      columns: (names: string[]) => {
        header = names.map((name) => name.trim());
        return header;
      },
      info: true,
      skip_empty_lines: true,
      relax_column_count: true,
      trim: true,
    });
    const missing = COLUMNS.filter((column) => !header.includes(column));
    if (missing.length > 0) throw new Error(`it has no column ${missing.join(', ')}`);
    return parsedSchema.parse(rows).map(({ info, record }) => ({ line: info.lines, record }));
  } catch (cause) {
    const reason = messageOf(cause);
    throw new PermanentTaskError(`The CSV cannot be read: ${reason}`, { cause });
  }
}
