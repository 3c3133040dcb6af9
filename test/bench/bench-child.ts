import { fileURLToPath } from 'node:url';
import { pause } from '../../shared/clock.ts';
import type { BenchStack } from './bench-stack.ts';
import type { ChildReport, Job } from './job.ts';

const CHILD = fileURLToPath(new URL('child.ts', import.meta.url));

/** A system at work in its own process. */
export type BenchChild = {
  /** Rejects when the process ends first, or when it takes too long. */
  readonly report: Promise<ChildReport>;
  stop(): Promise<void>;
};

/** Resolves when the system is started. @param onProgress gets how many tasks have begun, now and then */
export async function startChild(
  stack: BenchStack,
  job: Job,
  giveUpMs: number,
  onProgress: (started: number) => void,
): Promise<BenchChild> {
  const reported = Promise.withResolvers<ChildReport>();
  // It may fail before anything waits for it.
  reported.promise.catch(() => undefined);
  const listen = (line: string): void => {
    const [, kind, rest = ''] = /^(ready|progress|report)\s?(.*)$/.exec(line) ?? [];
    if (kind === 'progress') onProgress(Number(rest));
    else if (kind === 'report') reported.resolve(JSON.parse(rest) as ChildReport);
    else if (kind !== 'ready') process.stderr.write(`  ${job.system}: ${line}\n`);
  };
  const child = await stack.processes.start({
    name: job.system,
    command: process.execPath,
    args: [...(job.heapEvery ? ['--expose-gc'] : []), CHILD, JSON.stringify(job)],
    env: stack.environment,
    ready: /^ready/,
    onLine: listen,
  });
  void child.exited.then(({ code, signal }) =>
    reported.reject(new Error(`${job.system} ended (${signal ?? code})`)),
  );
  const over = new AbortController();
  void pause(giveUpMs, over.signal).then(() =>
    reported.reject(new Error(`${job.system} was not done after ${giveUpMs / 1000} s`)),
  );
  return {
    report: reported.promise.finally(() => over.abort()),
    stop: () => stack.processes.stop(child),
  };
}
