export type LiveLine = {
  /** What is there now. */
  show(text: string): void;
  /** Leaves the last text standing. */
  end(): void;
};

/** One line that is written over on a terminal; elsewhere one after the other. */
export function liveLine(stream = process.stdout): LiveLine {
  let isOpen = false;
  return {
    show: (text) => {
      stream.write(stream.isTTY ? `\r\u001b[K${text}` : `${text}\n`);
      isOpen = stream.isTTY;
    },
    end: () => {
      if (isOpen) stream.write('\n');
      isOpen = false;
    },
  };
}
