import type { StartSystem, SystemContext } from './system.ts';

const TEN_MS = 10;

/** No queue at all: what this machine's timers make of the same pauses, in as many loops. */
export const startIdeal: StartSystem = (context) => {
  const { concurrency, tasks } = context.job;
  for (let loop = 0; loop < concurrency; loop++) {
    void pauseThrough(context, loop * (tasks / concurrency), (loop + 1) * (tasks / concurrency));
  }
};

async function pauseThrough(
  { job, recorder }: SystemContext,
  from: number,
  to: number,
): Promise<void> {
  const queue = job.queues[0]?.name ?? '';
  for (let index = from; index < to; index++) {
    await recorder.run({ index, queue, milliseconds: TEN_MS, sentAt: 0 });
    recorder.acked(1);
  }
}
