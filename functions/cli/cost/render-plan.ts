import type { MonthlyPlan } from '../../../shared/cost/monthly-plan.ts';
import type { PriceTable } from '../../../shared/cost/prices.ts';
import type { Arrival, QueueCounts } from '../../../shared/cost/task-counts.ts';
import { paint } from '../terminal/paint.ts';
import { textTable } from '../terminal/text-table.ts';
import { pricesNote } from './prices.ts';

export type PlanResult = MonthlyPlan & {
  readonly tasksPerMonth: number;
  readonly arrival: Arrival;
  readonly shares: Readonly<Record<string, number>>;
  readonly alternatives: readonly {
    readonly arrival: Arrival;
    readonly usd: number;
  }[];
  /** Upper bound of a month's cost of waiting, by the wait time of a poll. */
  readonly waits: readonly { readonly pollWaitSeconds: number; readonly usd: number }[];
  readonly counts: readonly QueueCounts[];
  readonly prices: PriceTable;
  /** Parts that are paid by the capacity of a database. */
  readonly notCounted: readonly string[];
};

/** For people. */
export function renderPlan(plan: PlanResult): string {
  const { lines, usd, tasksPerMonth, alternatives, waits, prices } = plan;
  const rows = lines.map((line) => [
    line.service,
    line.what,
    amount(line.quantity),
    line.basis,
    dollars(line.usd),
  ]);
  const bill = textTable(['service', 'what', 'a month', 'how known', 'USD'], rows);
  const others = textTable(
    ['tasks come', 'USD a month'],
    alternatives.map(({ arrival, usd: sum }) => [IN_WORDS[arrival], dollars(sum)]),
  );
  const polls = textTable(
    ['polls of, s', 'waiting, at most USD a month'],
    waits.map(({ pollWaitSeconds, usd: sum }) => [String(pollWaitSeconds), dollars(sum)]),
  );
  const perMillion = dollars((usd / tasksPerMonth) * 1e6);
  return `${bill}
${amount(tasksPerMonth)} tasks that come ${IN_WORDS[plan.arrival]}: ${paint('bold', `$${dollars(usd)} a month`)}, $${perMillion} a million.
${slotsOf(plan)}

Instead:

${others}
${polls}
${pricesNote(prices)}\n`;
}

const IN_WORDS = { burst: 'in bursts', single: 'one by one' } as const;

function slotsOf({ utilization, workersNeeded }: PlanResult): string {
  const busy = `${(utilization * 100).toFixed(1)} % of all slots are busy`;
  if (utilization <= 1) return `${busy}, on average.`;
  return paint(
    'yellow',
    `${busy}: there must be at least ${workersNeeded} workers, --workers ${workersNeeded}.`,
  );
}

const dollars = (usd: number): string => usd.toFixed(2);

const amount = (quantity: number): string =>
  quantity.toLocaleString('en-US', { maximumFractionDigits: quantity < 100 ? 2 : 0 });
