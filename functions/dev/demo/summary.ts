import type { StatsView, TaskSummaryView, TaskView } from '../../../shared/api/views.ts';
import { renderReport } from '../../../shared/report/render-report.ts';
import { type PlannedTask, VIP_EXPORT } from './load.ts';
import { percentile, type Share } from './measurements.ts';

export type Findings = {
  /** What was enqueued, by task id. */
  readonly planned: ReadonlyMap<string, PlannedTask>;
  /** The log at the end. */
  readonly tasks: readonly TaskSummaryView[];
  readonly shares: readonly Share[];
  /** Tasks that the shares are counted over. */
  readonly picked: number;
  readonly tasksPerSecond: number;
  /** Milliseconds, ascending. */
  readonly urgentLatencies: readonly number[];
  readonly stats: StatsView;
  readonly showcase: TaskView;
  /** The file that the VIP's export made, as it was downloaded. */
  readonly download: { readonly id: string; readonly name: string; readonly text: string };
  readonly usage: { readonly sqsRequests: number; readonly writeUnits: number };
  readonly slots: number;
};

/** Measured shares may differ from the weights by this much. */
const SHARE_TOLERANCE = 0.02;

const say = (text = ''): boolean => process.stdout.write(`${text}\n`);
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`.padStart(8);

export function printFindings(findings: Findings): void {
  const { planned, picked, shares, urgentLatencies, usage, stats, slots } = findings;
  say(`\nShares while every queue was backlogged, over ${picked} tasks`);
  say('  queue        weight  expected  measured');
  for (const { queue, weight, expected, measured } of shares) {
    say(
      `  ${queue.padEnd(12)} ${String(weight).padStart(6)}  ${percent(expected)}  ${percent(measured)}`,
    );
  }
  const p = (fraction: number): string => `${percentile(urgentLatencies, fraction)} ms`;
  const perTask = (count: number): string => (count / planned.size).toFixed(2);
  say(
    `\nSpeed    ${findings.tasksPerSecond} tasks/s meanwhile, with ${slots} slots in two workers`,
  );
  say(`Pickup   an urgent task begins after ${p(0.5)} (p50), ${p(0.99)} (p99), all slots busy`);
  say(
    `Cost     ${perTask(usage.sqsRequests)} SQS requests, ${perTask(usage.writeUnits)} write units per task, counted`,
  );
  const counts = Object.entries(stats.byStatus).map(([status, count]) => `${count} ${status}`);
  say(`Stats    ${counts.join(', ')}`);
  printTask(findings.showcase);
  const { id, name, text } = findings.download;
  say(`\nOne file, as GET /tasks/${id}/file leads to it`);
  say(`  ${name}: ${rowsOf(text)} rows, ${Math.round(text.length / 1000)} kB`);
}

/** Of a CSV file with a header. */
const rowsOf = (text: string): number => text.trimEnd().split('\n').length - 1;

function printTask(task: TaskView): void {
  say(`\nOne report, as GET /tasks/${task.id} tells it`);
  say(`  ${task.label}: ${task.status}, attempt ${task.attempt}, queue ${task.queue}`);
  if (task.report) say(renderReport(task.report, '  '));
}

/** What did not go as planned, one sentence each. */
export function problemsIn({ planned, tasks, shares, download }: Findings): string[] {
  const found = new Map(tasks.map((task) => [task.id, task]));
  const wrong = [...planned].flatMap(([id, { label, expected }]) => {
    const status = found.get(id)?.status ?? 'lost';
    return status === expected ? [] : [`✘ ${label} (${id}) is ${status}, not ${expected}.`];
  });
  const skewed = shares
    .filter(({ expected, measured }) => Math.abs(expected - measured) > SHARE_TOLERANCE)
    .map(({ queue, measured }) => `✘ The share of ${queue} is off: ${percent(measured).trim()}.`);
  const isWhole = rowsOf(download.text) === VIP_EXPORT.parameters.rows;
  const cut = isWhole ? [] : [`✘ The file ${download.name} does not have all its rows.`];
  return [...wrong, ...skewed, ...cut];
}
