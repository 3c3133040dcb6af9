import { realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';

/**
 * Writes a whole file atomically: readers find the old content or the new one, even after a crash.
 * A link stays a link, and the file keeps its permissions.
 * @param check called just before the replacement. It throws to leave the file as it is
 * @param newMode permissions of a new file. @default those of the process
 */
export function replaceFile(
  path: string,
  text: string,
  check = (): void => undefined,
  newMode?: number,
): void {
  const target = targetOf(path);
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    const mode = statSync(target, { throwIfNoEntry: false })?.mode ?? newMode;
    writeFileSync(temporary, text, { flush: true, mode });
    check();
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function targetOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
