import { type Clock, systemClock } from '../clock.ts';
import type { Dispatcher } from '../dispatcher/dispatcher.ts';
import { type BulkDefaults, isRefusal, preparedLine, type Refusal } from './bulk-line.ts';
import type { BulkJournal, BulkProgress, Position } from './file-journal.ts';
import { type Line, LineReader } from './line-reader.ts';
import { type SendDeps, sendLines } from './send-lines.ts';

/**
 * Lines between two writes of the journal, and their bytes. This much is in memory at once, and is
 * looked up in the log when the run continues after a crash.
 */
const WINDOW = { lines: 5000, bytes: 8 * 1024 * 1024 };

export type BulkDeps = SendDeps & {
  readonly journal: BulkJournal;
  /** Keeps the refusals of a window; the bytes kept so far, if it keeps any. Repeated after a crash. */
  readonly keepRefusals?: (refusals: readonly Refusal[]) => Promise<number | undefined>;
  /** Called for each refused line that an earlier run dealt with. Such lines are checked, and not sent. */
  readonly onEarlierRefusal?: (refusal: Refusal) => void;
  /** How far it has come, after every window. */
  readonly onProgress?: (progress: BulkProgress, bytesRead: number) => void;
  /** Lines between two writes of the journal. @default 5000 */
  readonly windowLines?: number;
  readonly clock?: Clock;
};

/** The file is not the one that the journal is about. */
export class BulkChangedError extends Error {}

/**
 * Enqueues a file with one task per line, in constant memory, starting at `progress`. Before the first
 * line of a window is sent, the journal contains everything that determines the ids of its tasks. After
 * a crash, the next run continues with that window and creates the same tasks again.
 * @returns the progress at the end of the file
 * @throws {BulkChangedError} with nothing sent
 * @throws {BulkStopped | BrokerUnavailableError | FilesUnavailableError | LogUnavailableError} repeat it
 */
export async function enqueueBulk(
  source: AsyncIterable<Uint8Array>,
  progress: BulkProgress,
  deps: BulkDeps,
): Promise<BulkProgress> {
  const { clock = systemClock, windowLines = WINDOW.lines } = deps;
  const reader = new LineReader(source);
  await skipTo(progress, reader, deps);
  let current = progress;
  if (current.open) {
    const window = await readWindow(reader, {
      lines: linesIn(current),
      bytes: Number.POSITIVE_INFINITY,
    });
    assertAt(current.open, reader);
    current = await sendWindow(window, current, { ...deps, isRepeat: true });
  }
  for (;;) {
    deps.onProgress?.(current, reader.bytes);
    const window = await readWindow(reader, { ...WINDOW, lines: windowLines });
    if (window.length === 0) break;
    const open = { lines: reader.count, sha256: reader.sha256, at: clock.now() };
    current = { ...current, open };
    await deps.journal.write(current);
    current = await sendWindow(window, current, { ...deps, isRepeat: false });
  }
  await deps.journal.write(current);
  return current;
}

const linesIn = ({ done, open }: BulkProgress): number => (open?.lines ?? done.lines) - done.lines;

async function skipTo(
  { done, target: { table: _table, ...defaults } }: BulkProgress,
  reader: LineReader,
  { dispatcher, onEarlierRefusal }: BulkDeps,
): Promise<void> {
  let refused = 0;
  while (reader.count < done.lines) {
    const line = await reader.next();
    if (line === undefined) break;
    if (!onEarlierRefusal || refused === done.refused) continue;
    const item = preparedLine(line, defaults, dispatcher);
    if (item === undefined || !isRefusal(item)) continue;
    refused += 1;
    onEarlierRefusal(item);
  }
  assertAt(done, reader);
}

function assertAt({ lines, sha256 }: Position, reader: LineReader): void {
  if (reader.count === lines && reader.sha256 === sha256) return;
  const what =
    reader.count < lines ? `has ${reader.count} lines` : `differs within its first ${lines} lines`;
  throw new BulkChangedError(
    `The file is not as it was: it ${what}, of which ${lines} were begun.`,
  );
}

async function readWindow(
  reader: LineReader,
  { lines, bytes }: typeof WINDOW,
): Promise<readonly Line[]> {
  const window: Line[] = [];
  let room = bytes;
  while (window.length < lines && room > 0) {
    const line = await reader.next();
    if (line === undefined) break;
    window.push(line);
    room -= line.bytes;
  }
  return window;
}

async function sendWindow(
  window: readonly Line[],
  { open, done, ...progress }: BulkProgress,
  { isRepeat, keepRefusals, ...deps }: BulkDeps & { readonly isRepeat: boolean },
): Promise<BulkProgress> {
  if (open === undefined) throw new Error('no window is open');
  const { at, ...position } = open;
  const { key, target } = progress;
  const { table: _table, ...defaults } = target;
  const options = { identity: { key, at }, defaults, isRepeat };
  const { enqueued, refused } = await sendLines(window, options, deps);
  const refusalBytes = (await keepRefusals?.(refused)) ?? done.refusalBytes;
  return {
    ...progress,
    done: {
      ...position,
      enqueued: done.enqueued + enqueued,
      refused: done.refused + refused.length,
      refusalBytes,
    },
  };
}

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
