import type { Dispatcher } from '../dispatcher/dispatcher.ts';
import { type BulkDefaults, isRefusal, preparedLine, type Refusal } from './bulk-line.ts';
import { LineReader } from './line-reader.ts';

export type BulkCheck = {
  readonly lines: number;
  readonly valid: number;
  readonly refused: number;
};

/** Says what is wrong in a bulk file, and enqueues nothing. */
export async function checkBulk(
  source: AsyncIterable<Uint8Array>,
  defaults: BulkDefaults,
  dispatcher: Dispatcher,
  onRefusal: (refusal: Refusal) => Promise<void>,
): Promise<BulkCheck> {
  const reader = new LineReader(source);
  let [valid, refused] = [0, 0];
  for (;;) {
    const line = await reader.next();
    if (line === undefined) return { lines: reader.count, valid, refused };
    const item = preparedLine(line, defaults, dispatcher);
    if (item === undefined) continue;
    if (isRefusal(item)) {
      refused += 1;
      await onRefusal(item);
    } else valid += 1;
  }
}
