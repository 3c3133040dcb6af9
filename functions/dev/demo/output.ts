import type { StatsView, TaskSummaryView, TaskView } from '../../../shared/api/views.ts';
import { renderReport } from '../../../shared/report/report.ts';
import type { Usage } from '../../wiring/usage-meter.ts';
import { type PlannedTask, VIP_EXPORT } from './load.ts';

const WIDTH = 30;
/** Between two lines when the output is no terminal. */
const PLAIN_INTERVAL_MS = 2000;

export type Bar = { readonly name: string; readonly done: number; readonly total: number };

/** Live bars on a terminal, redrawn in place; a plain line every two seconds anywhere else. */
export class ProgressDisplay {
  readonly #output: NodeJS.WriteStream;
  #drawnLines = 0;
  #nextPlainAt = 0;

  constructor(output: NodeJS.WriteStream = process.stdout) {
    this.#output = output;
  }

  update(bars: readonly Bar[]): void {
    if (this.#output.isTTY) this.#draw(bars);
    else if (performance.now() >= this.#nextPlainAt) this.#printPlain(bars);
  }

  /** Leaves the last state on the screen. */
  finish(bars: readonly Bar[]): void {
    if (this.#output.isTTY) this.#draw(bars);
    else this.#printPlain(bars);
    this.#drawnLines = 0;
    this.#nextPlainAt = 0;
  }

  #draw(bars: readonly Bar[]): void {
    const up = this.#drawnLines > 0 ? `\u001b[${this.#drawnLines}A` : '';
    this.#output.write(up + bars.map((bar) => `\u001b[2K${line(bar)}\n`).join(''));
    this.#drawnLines = bars.length;
  }

  #printPlain(bars: readonly Bar[]): void {
    this.#nextPlainAt = performance.now() + PLAIN_INTERVAL_MS;
    const parts = bars.map(({ name, done, total }) => `${name} ${done}/${total}`);
    this.#output.write(`  ${parts.join('   ')}\n`);
  }
}

function line({ name, done, total }: Bar): string {
  const filled = total === 0 ? WIDTH : Math.round((done / total) * WIDTH);
  const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled);
  return `  ${name.padEnd(12)} ${bar} ${String(done).padStart(5)} / ${total}`;
}

export type Share = {
  readonly queue: string;
  readonly weight: number;
  /** 0 to 1. */
  readonly expected: number;
  readonly measured: number;
};

/** Measures how the tasks that began before `end` (ms since 1970) split over the queues, and how fast. */
export function sharesUntil(
  end: number,
  tasks: readonly TaskSummaryView[],
  queues: readonly { name: string; weight: number; share: number }[],
): { picked: number; tasksPerSecond: number; shares: Share[] } {
  const picked = tasks.filter(({ startedAt }) => startedAt && Date.parse(startedAt) <= end);
  const shares = queues.map(({ name, weight, share }) => ({
    queue: name,
    weight,
    expected: share,
    measured: picked.filter(({ queue }) => queue === name).length / picked.length,
  }));
  const first = Math.min(...picked.map(({ startedAt = '' }) => Date.parse(startedAt)));
  const tasksPerSecond = Math.round(picked.length / ((end - first) / 1000));
  return { picked: picked.length, tasksPerSecond, shares };
}

/** Milliseconds from enqueued to started, ascending. First attempts only. */
export const pickupLatencies = (tasks: readonly TaskSummaryView[]): number[] =>
  tasks
    .filter(({ attempt }) => attempt === 1)
    .map(({ createdAt, startedAt = createdAt }) => Date.parse(startedAt) - Date.parse(createdAt))
    .sort((a, b) => a - b);

/** @param sorted ascending. @param fraction e.g. 0.99 */
const percentile = (sorted: readonly number[], fraction: number): number =>
  sorted[Math.max(Math.ceil(sorted.length * fraction) - 1, 0)] ?? Number.NaN;

/** Sums the usage that every process logs as it stops. */
export function totalUsage(lines: readonly string[]): { sqsRequests: number; writeUnits: number } {
  const usages = lines.flatMap((line) => {
    const { usage } = line.startsWith('{') ? (JSON.parse(line) as { usage?: Usage }) : {};
    return usage ? [usage] : [];
  });
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  return {
    sqsRequests: sum(usages.flatMap(({ sqsRequests }) => Object.values(sqsRequests))),
    writeUnits: sum(usages.map(({ writeUnits }) => writeUnits)),
  };
}

export type Findings = {
  /** The enqueued tasks, by id. */
  readonly planned: ReadonlyMap<string, PlannedTask>;
  /** The task log at the end. */
  readonly tasks: readonly TaskSummaryView[];
  readonly shares: readonly Share[];
  /** Number of tasks that the shares are measured over. */
  readonly picked: number;
  readonly tasksPerSecond: number;
  /** Milliseconds, ascending. */
  readonly urgentLatencies: readonly number[];
  readonly stats: StatsView;
  readonly showcase: TaskView;
  /** The downloaded file of the VIP's export. */
  readonly download: { readonly id: string; readonly name: string; readonly text: string };
  readonly usage: { readonly sqsRequests: number; readonly writeUnits: number };
  readonly slots: number;
};

/** Measured shares may differ from the weights by this much, 0 to 1. */
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
  say(`\nSpeed    ${findings.tasksPerSecond} tasks/s, with ${slots} slots in two workers`);
  say(
    `Pickup   an urgent task starts after ${p(0.5)} (p50), ${p(0.99)} (p99), with all slots busy`,
  );
  say(
    `Cost     ${perTask(usage.sqsRequests)} SQS requests, ${perTask(usage.writeUnits)} write units per task`,
  );
  const counts = Object.entries(stats.byStatus).map(([status, count]) => `${count} ${status}`);
  say(`Stats    ${counts.join(', ')}`);
  printTask(findings.showcase);
  const { id, name, text } = findings.download;
  say(`\nOne file, from GET /tasks/${id}/file`);
  say(`  ${name}: ${rowsOf(text)} rows, ${Math.round(text.length / 1000)} kB`);
}

/** Counts the rows of a CSV file that has a header. */
const rowsOf = (text: string): number => text.trimEnd().split('\n').length - 1;

function printTask(task: TaskView): void {
  say(`\nOne report, from GET /tasks/${task.id}`);
  say(`  ${task.label}: ${task.status}, attempt ${task.attempt}, queue ${task.queue}`);
  if (task.report) say(renderReport(task.report, '  '));
}

/** Lists what did not go as planned, one sentence each. */
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
  const cut = isWhole ? [] : [`✘ The file ${download.name} is incomplete.`];
  return [...wrong, ...skewed, ...cut];
}
