import { parse } from 'csv-parse/sync';
import * as z from 'zod';
import { Report } from '../../../shared/report/report.ts';
import { PermanentTaskError } from '../../../shared/task/handler-errors.ts';
import { importResults } from './contract.ts';

const COLUMNS = ['participant', 'score'];

const rowSchema = z.object({
  participant: z.string().min(1, 'has no participant'),
  score: z
    .string()
    .regex(/^\d+(\.\d+)?$/, 'has a score that is not a number')
    .transform(Number)
    .refine((score) => score <= 100, 'has a score over 100'),
});

export const importResultsHandler = importResults.handledBy(async ({ parameters: { csv } }) => {
  const rows = readRows(csv);
  const rejected: Report[] = [];
  const scores: number[] = [];
  for (const [index, row] of rows.entries()) {
    const parsed = rowSchema.safeParse(row);
    if (parsed.success) scores.push(parsed.data.score);
    else rejected.push(Report.warning(`Line ${index + 2} ${messages(parsed.error)}`, { ...row }));
  }
  const summary = { accepted: scores.length, rejected: rejected.length, sum: sum(scores) };
  return Report.success(`Imported ${scores.length} of ${rows.length} lines`, summary, rejected);
});

function readRows(csv: string): Record<string, string>[] {
  try {
    const rows = parse<Record<string, string>>(csv, {
      columns: (header: string[]) => header.map((name) => name.trim()),
      skip_empty_lines: true,
      relax_column_count: true,
      trim: true,
    });
    const missing = COLUMNS.filter((column) => rows[0] && !(column in rows[0]));
    if (missing.length === 0) return rows;
    throw new Error(`it has no column ${missing.join(', ')}`);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PermanentTaskError(`The CSV cannot be read: ${reason}`, { cause });
  }
}

const messages = (error: z.ZodError): string =>
  error.issues
    .map(({ path, message }) => (message.startsWith('has') ? message : `has no ${path.join('.')}`))
    .join(' and ');

const sum = (numbers: readonly number[]): number =>
  numbers.reduce((total, number) => total + number, 0);
