import type { BulkProgress } from '../../../shared/bulk/bulk-journal.ts';
import { startProgress } from '../terminal/progress.ts';

export type BulkBar = {
  readonly update: (progress: BulkProgress, bytesRead: number) => void;
  readonly end: () => void;
};

/** `[####----] 31 % 15,000 lines, 4,100/s, 9 s left`. @param size in bytes; unknown: no bar */
export function startBulkBar(size: number | undefined): BulkBar {
  const bar = startProgress(size);
  const startedAt = Date.now();
  // An earlier run had done so much.
  let before: { lines: number; bytes: number } | undefined;
  return {
    update: ({ done }, bytesRead) => {
      before ??= { lines: done.lines, bytes: bytesRead };
      const seconds = (Date.now() - startedAt) / 1000;
      const left =
        size === undefined ? '' : timeLeft(size - bytesRead, bytesRead - before.bytes, seconds);
      const rate = perSecond(done.lines - before.lines, seconds);
      bar.update(bytesRead, `${numberText(done.lines)} lines, ${rate}${left}`);
    },
    end: () => bar.end(),
  };
}

export const numberText = (value: number): string => value.toLocaleString('en-US');

export const perSecond = (count: number, seconds: number): string =>
  `${numberText(Math.round(count / Math.max(seconds, 0.001)))}/s`;

function timeLeft(bytesLeft: number, bytesDone: number, seconds: number): string {
  return bytesDone > 0 ? `, ${Math.ceil((bytesLeft / bytesDone) * seconds)} s left` : '';
}
