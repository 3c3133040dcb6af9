import type { Dispatcher } from '../dispatcher/dispatcher.ts';
import {
  type BulkDefaults,
  isRefusal,
  type Refusal,
  refusalOfError,
  requestOfLine,
} from './bulk-line.ts';
import { type Line, LineReader } from './line-reader.ts';

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
  onRefusal: (refusal: Refusal) => void,
): Promise<BulkCheck> {
  const reader = new LineReader(source);
  let [valid, refused] = [0, 0];
  for (;;) {
    const line = await reader.next();
    if (line === undefined) return { lines: reader.count, valid, refused };
    const outcome = outcomeOf(line, defaults, dispatcher);
    if (outcome === 'valid') valid += 1;
    else if (outcome) {
      refused += 1;
      onRefusal(outcome);
    }
  }
}

function outcomeOf(
  line: Line,
  defaults: BulkDefaults,
  dispatcher: Dispatcher,
): Refusal | 'valid' | undefined {
  const request = requestOfLine(line, defaults, (...task) => dispatcher.check(...task));
  if (request === undefined || isRefusal(request)) return request;
  const error = dispatcher.refusalOf(request);
  if (error === undefined) return 'valid';
  const refusal = refusalOfError(line, error);
  if (refusal === undefined) throw error;
  return refusal;
}
