import type { StreamRecord } from '../../shared/table-stream/table-stream.ts';

const MAX_BATCH = 40;

/** The batches in which a shard may come: in its order, of any size, and often from further back. */
export function* deliveries(
  records: readonly StreamRecord[],
  random: () => number,
): Generator<readonly StreamRecord[]> {
  for (let delivered = 0; delivered < records.length; ) {
    const start = Math.floor(delivered * (random() < 0.5 ? 1 : random()));
    const end = start + 1 + Math.floor(random() * MAX_BATCH);
    yield records.slice(start, end);
    delivered = Math.max(delivered, end);
  }
}
