import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { ProcessUsage } from './usage-recorder.ts';

const RECORDER = fileURLToPath(new URL('usage-recorder.ts', import.meta.url));
/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: user and system time are fields 14 and 15. */
const TICKS_PER_SECOND = 100;

/** A process's total usage, and the seconds it reports for its work without its start. */
export type Measured = ProcessUsage & { readonly workSeconds: number };

/** Runs a script that prints `{ seconds }` to its end. @throws unless it succeeds */
export async function runMeasured(
  script: string,
  args: readonly string[],
  { env, directory }: { readonly env: NodeJS.ProcessEnv; readonly directory: string },
): Promise<Measured> {
  const usageFile = join(directory, 'usage.json');
  const child = spawn(process.execPath, ['--import', RECORDER, script, ...args], {
    env: { ...env, USAGE_FILE: usageFile },
    cwd: directory,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output = text(child.stdout);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${script} ended with ${code}`);
  const usage = JSON.parse(await readFile(usageFile, 'utf8')) as ProcessUsage;
  const { seconds } = JSON.parse(await output) as { seconds: number };
  return { ...usage, workSeconds: seconds };
}

/** CPU that a running process has used so far. Not a number where there is no /proc. */
export async function cpuSecondsOf(pid: number): Promise<number> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    return Number.NaN;
  }
}
