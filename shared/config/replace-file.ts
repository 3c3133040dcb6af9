import { realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';

/**
 * Writes a file as a whole: whoever reads it meanwhile, or after a crash, finds the old one or the new
 * one. A link stays a link, and the file keeps its permissions.
 * @param newMode permissions of a file that is not there yet. @default what the process gives any
 * @param check called at the last moment; throws to leave the file as it is
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
    writeFileSync(temporary, text, { flush: true, ...(mode !== undefined && { mode }) });
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
