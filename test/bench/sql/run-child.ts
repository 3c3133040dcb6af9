import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Job, Values } from './job.ts';

const CHILD = fileURLToPath(new URL('child.ts', import.meta.url));

/** @throws unless its process ends well */
export async function runChild(job: Job): Promise<Values> {
  const child = spawn(process.execPath, [CHILD, JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output = text(child.stdout);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`it ended with ${code}`);
  return JSON.parse(await output) as Values;
}
