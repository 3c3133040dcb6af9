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
export function startProgress(total?: number, stream = process.stderr): Progress {
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
