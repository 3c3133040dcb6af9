import { writeFileSync } from 'node:fs';

/** Usage until its end of a process that preloads this file (`node --import`). */
export type ProcessUsage = {
  /** User and system. */
  readonly cpuSeconds: number;
  readonly seconds: number;
  /** Evenly over its life. */
  readonly samples: readonly { readonly rssMib: number; readonly heapMib: number }[];
};

const INTERVAL_MS = 50;
const MIB = 1024 * 1024;

const path = process.env['USAGE_FILE'];
if (path !== undefined) record(path);

function record(file: string): void {
  const samples: { rssMib: number; heapMib: number }[] = [];
  const sample = (): void => {
    const { rss, heapUsed } = process.memoryUsage();
    samples.push({ rssMib: rss / MIB, heapMib: heapUsed / MIB });
  };
  setInterval(sample, INTERVAL_MS).unref();
  process.on('exit', () => {
    sample();
    const { user, system } = process.cpuUsage();
    const usage: ProcessUsage = {
      cpuSeconds: (user + system) / 1e6,
      seconds: process.uptime(),
      samples,
    };
    writeFileSync(file, JSON.stringify(usage));
  });
}
