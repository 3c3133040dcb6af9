import * as z from 'zod';
import { Report } from '../../shared/report/report.ts';
import { PermanentTaskError } from '../../shared/task/task-context.ts';
import { defineTask } from '../../shared/task/task-definition.ts';

export const importResults = defineTask({
  name: 'import-results',
  category: 'import',
  parameters: z.strictObject({
    csv: z.string().meta({ examples: ['participant,score\nann,91\n'] }),
  }),
  timeoutSeconds: 60,
});

/** Reports a warning for each line that is not `participant,score`. Fails if a quote stays open. */
export const importResultsHandler = importResults.handledBy(async ({ parameters: { csv } }) => {
  if ((csv.split('"').length - 1) % 2 === 1) throw new PermanentTaskError('A quote stays open.');
  const [, ...lines] = csv.trimEnd().split('\n');
  const warnings = lines.flatMap((line, index) =>
    /^[^,]+,\d+/.test(line) ? [] : Report.warning(`Line ${index + 2} is invalid`, { line }),
  );
  const accepted = lines.length - warnings.length;
  const summary = { accepted, rejected: warnings.length };
  return Report.success(`Imported ${accepted} of ${lines.length} lines`, summary, warnings);
});
