import { open } from 'node:fs/promises';
import type { Refusal } from '../../../shared/bulk/bulk-line.ts';

/** Keeps refused lines, each as a JSON object on a line of its own. */
export type RefusalFile = {
  /** Resolves when they will be there after a crash. @returns the size of the file */
  append(refusals: readonly Refusal[]): Promise<number>;
  close(): Promise<void>;
};

/** @param keepBytes of what is in it; the rest would come twice */
export async function openRefusalFile(path: string, keepBytes: number): Promise<RefusalFile> {
  const file = await open(path, 'a');
  let { size } = await file.stat();
  if (size > keepBytes) {
    await file.truncate(keepBytes);
    size = keepBytes;
  }
  return {
    append: async (refusals) => {
      if (refusals.length === 0) return size;
      const text = refusals.map((refusal) => `${JSON.stringify(refusal)}\n`).join('');
      await file.appendFile(text);
      await file.sync();
      size += Buffer.byteLength(text);
      return size;
    },
    close: () => file.close(),
  };
}

/** For a terminal, on one line. */
export function refusalText({ line, message, problems }: Refusal): string {
  const details = problems.map(({ path, message: what }) => (path ? `${path}: ${what}` : what));
  return `line ${line}: ${[message, details.join('; ')].filter(Boolean).join(' ')}`;
}
