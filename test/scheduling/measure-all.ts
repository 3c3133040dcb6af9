import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Check } from './check.ts';
import { type Measured, measure } from './results.ts';

/** A scenario for a child process to measure. */
export type Job = { readonly name: string; readonly seeds: number };

export type Listener = {
  starts(check: Check): void;
  ends(measured: Measured): void;
};

const TIMING_SEEDS = 2;

/**
 * Measures all scenarios in this many processes, and those that measure this machine alone.
 * Returns the results in the order of the scenarios.
 */
export async function measureAll(
  checks: readonly Check[],
  { seeds, processes }: { readonly seeds: number; readonly processes: number },
  listener: Listener,
): Promise<Measured[]> {
  const results = new Map<string, Measured>();
  const note = (measured: Measured): void => {
    results.set(measured.name, measured);
    listener.ends(measured);
  };
  for (const check of checks.filter(({ isTiming }) => isTiming)) {
    listener.starts(check);
    note(await measure(check, Math.min(seeds, TIMING_SEEDS)));
  }
  const left = checks.filter(({ isTiming }) => !isTiming);
  const workers = Math.min(processes, left.length);
  await Promise.all(
    Array.from({ length: workers }, () => measureInChild(left, seeds, listener, note)),
  );
  return checks.flatMap(({ name }) => results.get(name) ?? []);
}

/** Takes scenarios from the list until it is empty. */
async function measureInChild(
  left: Check[],
  seeds: number,
  listener: Listener,
  note: (measured: Measured) => void,
): Promise<void> {
  const child = fork(new URL('child.ts', import.meta.url));
  try {
    for (let check = left.shift(); check; check = left.shift()) {
      listener.starts(check);
      child.send({ name: check.name, seeds } satisfies Job);
      note(await answerOf(child, check));
    }
  } finally {
    child.kill();
  }
}

async function answerOf(child: ChildProcess, { name }: Check): Promise<Measured> {
  const isOver = new AbortController();
  const { signal } = isOver;
  try {
    const ended = once(child, 'exit', { signal }).then(() => {
      throw new Error(`The process that measured "${name}" ended.`);
    });
    const [measured] = await Promise.race([once(child, 'message', { signal }), ended]);
    return measured as Measured;
  } finally {
    isOver.abort();
  }
}
