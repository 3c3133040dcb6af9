import { stripVTControlCharacters } from 'node:util';

export type LiveLine = {
  /** Replaces the line. */
  show(text: string): void;
  /** Leaves the last text standing. */
  end(): void;
};

/** Columns of a terminal that does not say. */
const UNKNOWN_WIDTH = 80;

/** A longer text would begin a second line, which is not written over: it loses its colours and its end. */
const fitted = (text: string, columns: number): string => {
  const plain = stripVTControlCharacters(text);
  return plain.length < columns ? text : plain.slice(0, columns - 1);
};

/** One line that is written over on a terminal; elsewhere one after the other. */
export function liveLine(stream = process.stdout): LiveLine {
  let isOpen = false;
  return {
    show: (text) => {
      stream.write(
        stream.isTTY ? `\r\u001b[K${fitted(text, stream.columns || UNKNOWN_WIDTH)}` : `${text}\n`,
      );
      isOpen = stream.isTTY;
    },
    end: () => {
      if (isOpen) stream.write('\n');
      isOpen = false;
    },
  };
}
