import { stripVTControlCharacters } from 'node:util';
import type { Cli } from '../cli.ts';
import type { Output } from '../host.ts';

/** Progress is shown only for operations that take longer. */
const SILENT_MS = 1000;
const INTERVAL_MS = 100;
const BAR = 24;

export type Progress = {
  /** @param done out of `total`, in any unit */
  update(done: number, text: string): void;
  /** Removes the line again. */
  end(): void;
};

/**
 * One line on standard error that is written over and over, from the second second on. Nothing where
 * standard error is no terminal. @param total unknown: there is no bar
 */
export function startProgress(
  { host: { stderr: stream } }: Pick<Cli, 'host'>,
  total?: number,
): Progress {
  const startedAt = Date.now();
  let drawnAt = 0;
  return {
    update: (done, text) => {
      const now = Date.now();
      const isDue = now - startedAt >= SILENT_MS && now - drawnAt >= INTERVAL_MS;
      if (!stream.isTTY || !isDue) return;
      drawnAt = now;
      stream.write(`\r\u001b[K${total === undefined ? '' : `${bar(done / total)} `}${text}`);
    },
    end: () => {
      if (drawnAt > 0) stream.write('\r\u001b[K');
    },
  };
}

function bar(share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * BAR);
  return `[${'#'.repeat(full)}${'-'.repeat(BAR - full)}] ${Math.round((full / BAR) * 100)} %`;
}

type LiveLine = {
  /** Replaces the line. */
  show(text: string): void;
  /** Leaves the last text standing. */
  end(): void;
};

/** Columns of a terminal that does not say. */
const UNKNOWN_WIDTH = 80;

/** A longer text would begin a second line, which is not written over: it loses its colors and its end. */
const fitted = (text: string, columns: number): string => {
  const plain = stripVTControlCharacters(text);
  return plain.length < columns ? text : plain.slice(0, columns - 1);
};

/** One line that is written over on a terminal; elsewhere one after the other. */
export function liveLine(stream: Output): LiveLine {
  let isOpen = false;
  return {
    show: (text) => {
      stream.write(
        stream.isTTY ? `\r\u001b[K${fitted(text, stream.columns || UNKNOWN_WIDTH)}` : `${text}\n`,
      );
      isOpen = stream.isTTY === true;
    },
    end: () => {
      if (isOpen) stream.write('\n');
      isOpen = false;
    },
  };
}
