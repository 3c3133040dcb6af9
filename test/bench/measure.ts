import { BenchStack } from './bench-stack.ts';
import type { Stage } from './plan.ts';
import type { RunRecord } from './results.ts';
import type { Entry } from './scenarios/scenario.ts';

/** Hears how it goes. */
export type Listener = {
  starts(stage: Stage, label: string, repetition: number): void;
  ends(record: RunRecord): void;
};

/**
 * Runs the entries of a stage in turns, A B C, A B C …, so that a machine that becomes slower does so
 * for all of them. A run that fails is recorded as failed, and the others go on.
 */
export async function measureStage(
  stage: Stage,
  isQuick: boolean,
  listener: Listener,
  interrupted: Promise<never>,
): Promise<RunRecord[]> {
  const stack = await BenchStack.start();
  try {
    return await Promise.race([runAll(stage, stack, isQuick, listener), interrupted]);
  } finally {
    await stack.stop();
  }
}

async function runAll(
  stage: Stage,
  stack: BenchStack,
  isQuick: boolean,
  listener: Listener,
): Promise<RunRecord[]> {
  const records: RunRecord[] = [];
  const run = async (entry: Entry, repetition: number): Promise<void> => {
    listener.starts(stage, entry.label, repetition);
    const record = await runOnce(stage, entry, stack, repetition, isQuick);
    records.push(record);
    listener.ends(record);
  };
  for (let repetition = 1; repetition <= stage.repetitions; repetition++) {
    if (stage.runsTogether) {
      await Promise.all(stage.entries.map((entry) => run(entry, repetition)));
      continue;
    }
    for (const entry of stage.entries) await run(entry, repetition);
  }
  return records;
}

async function runOnce(
  { scenario, roundTripMs }: Stage,
  { label, run }: Entry,
  stack: BenchStack,
  repetition: number,
  isQuick: boolean,
): Promise<RunRecord> {
  const place = { scenario: scenario.name, label, roundTripMs, repetition };
  try {
    const measures = await run({ stack, roundTripMs, repetition, isQuick });
    const failure = scenario.problemIn?.(measures);
    return { ...place, measures, ...(failure !== undefined && { failure }) };
  } catch (error) {
    return { ...place, measures: {}, failure: error instanceof Error ? error.message : `${error}` };
  }
}
