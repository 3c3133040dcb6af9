import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TaskLog } from '../../shared/task-log/task-log.ts';

export type Outcome = {
  /** Tasks whose enqueuing was answered with an id. */
  readonly sent: number;
  readonly finished: number;
  /** Sent, but not completed in the log. */
  readonly lost: number;
  /** Their end was stored under two different claims. */
  readonly finishedTwice: number;
  /** Ran to their effect more than once, because a worker died or froze between effect and end. */
  readonly effectsAppliedTwice: number;
  /** By the step at which a worker died. */
  readonly deaths: ReadonlyMap<string, number>;
  /** By error: workers that a fault has ended, which they ought to outlive. */
  readonly crashes: ReadonlyMap<string, number>;
};

/** The lines of what workers wrote down; none while the file does not exist. */
export async function linesOf(directory: string, file: string): Promise<string[]> {
  const text = await readFile(join(directory, file), 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '');
}

export async function readOutcome(
  directory: string,
  sent: readonly string[],
  log: TaskLog,
): Promise<Outcome> {
  const records = await Promise.all(sent.map((id) => log.getSummary(id)));
  const finished = records.filter((record) => record?.status === 'completed').length;
  const claims = new Set(await linesOf(directory, 'finishes'));
  const finishes = countOf([...claims].map((line) => line.split(' ')[0] ?? ''));
  const effects = countOf(await linesOf(directory, 'effects'));
  const moreThanOnce = (counts: ReadonlyMap<string, number>): number =>
    [...counts.values()].filter((count) => count > 1).length;
  return {
    sent: sent.length,
    finished,
    lost: sent.length - finished,
    finishedTwice: moreThanOnce(finishes),
    effectsAppliedTwice: moreThanOnce(effects),
    deaths: countOf(await linesOf(directory, 'deaths')),
    crashes: countOf(await linesOf(directory, 'crashes')),
  };
}

function countOf(names: readonly string[]): ReadonlyMap<string, number> {
  const byName = Map.groupBy(names, (name) => name);
  return new Map([...byName].map(([name, all]) => [name, all.length]));
}
