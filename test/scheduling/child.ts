import { CHECKS } from './checks.ts';
import type { Job } from './measure-all.ts';
import { measure } from './results.ts';

// A process of its own, which measures one scenario after the other.

process.on('message', async ({ name, seeds }: Job) => {
  const check = CHECKS.find((one) => one.name === name);
  if (!check) throw new Error(`no scenario ${name}`);
  process.send?.(await measure(check, seeds));
});
