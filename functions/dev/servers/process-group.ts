import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { startReaper } from '../../worker/process-pool/programs.ts';

export type ProcessOptions = {
  /** For messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** The directory it starts in. @default ours */
  readonly cwd?: string;
  /** User and group to run as. @default ours */
  readonly runAs?: { readonly uid: number; readonly gid: number } | undefined;
  /** Asks it to end. @default SIGTERM */
  readonly stopSignal?: NodeJS.Signals;
  /** A line of its output that says it is ready; what the first group matches is returned. */
  readonly ready: RegExp;
  /** Called with every line of its output. */
  readonly onLine?: (line: string) => void;
};

export type ManagedProcess = {
  readonly name: string;
  readonly pid: number;
  readonly stopSignal: NodeJS.Signals;
  /** The match of the first group of `ready`. */
  readonly announced: string;
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** True until it has ended. */
  isRunning(): boolean;
};

const READY_TIMEOUT_MS = 20_000;

/**
 * Processes that live no longer than this one. Each has a process group of its own, so Ctrl-C in a
 * terminal reaches only us and we stop them in order; the reaper ends them if we cannot.
 */
export class ProcessGroup {
  readonly #processes: ManagedProcess[] = [];
  readonly #reaper = startReaper();
  readonly #leftovers: (() => void)[] = [];
  readonly #unexpectedEnd = Promise.withResolvers<string>();
  #isStopping = false;

  get pids(): readonly number[] {
    return this.#processes.map(({ pid }) => pid);
  }

  /** Resolves, with a sentence for people, when a process ends before anything is stopped. */
  get unexpectedEnd(): Promise<string> {
    return this.#unexpectedEnd.promise;
  }

  /** Resolves when the process is ready. @throws with its last words when it ends before that */
  async start(options: ProcessOptions): Promise<ManagedProcess> {
    const { name, command, args, env = process.env, ready, onLine } = options;
    const { cwd, runAs, stopSignal = 'SIGTERM' } = options;
    const child = spawn(command, args, {
      env,
      cwd,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...runAs,
    });
    const { pid } = child;
    if (pid === undefined) {
      const [error] = (await once(child, 'error')) as [Error];
      throw new Error(`${name} could not be started: ${error.message}`);
    }
    this.#reaper.add(pid);
    const exited = once(child, 'close').then(([code, signal]) => {
      this.#reaper.remove(pid);
      if (!this.#isStopping) this.#unexpectedEnd.resolve(`${name} ended (${signal ?? code})`);
      return { code, signal };
    });
    const announced = await this.#untilReady(name, child, ready, onLine);
    const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
    const managed = { name, pid, stopSignal, announced, exited, isRunning };
    this.#processes.push(managed);
    return managed;
  }

  /** Sends its stop signal, then SIGKILL after `graceMs`; resolves when the process has ended. */
  async stop(managed: ManagedProcess, graceMs = 4000): Promise<void> {
    this.#isStopping = true;
    if (!managed.isRunning()) return;
    process.kill(managed.pid, managed.stopSignal);
    const killer = setTimeout(() => {
      if (managed.isRunning()) process.kill(managed.pid, 'SIGKILL');
    }, graceMs);
    await managed.exited;
    clearTimeout(killer);
  }

  /** Stops all, the latest first, so that nothing loses a server it still needs. */
  async stopAll(graceMs = 4000): Promise<void> {
    for (const managed of this.#processes.toReversed()) await this.stop(managed, graceMs);
    this.#reaper.end();
    for (const remove of this.#leftovers.splice(0)) remove();
  }

  /** Removes something when all have been stopped. */
  removeLater(remove: () => void): void {
    this.#leftovers.push(remove);
  }

  #untilReady(
    name: string,
    child: ChildProcess,
    ready: RegExp,
    onLine: ((line: string) => void) | undefined,
  ): Promise<string> {
    return new Promise((resolve, reject) => {
      const lastLines: string[] = [];
      const fail = (what: string): void =>
        reject(new Error(`${name} ${what}\n${lastLines.slice(-10).join('\n')}`.trimEnd()));
      const timer = setTimeout(() => fail('did not become ready in 20 s'), READY_TIMEOUT_MS);
      const listen = (line: string): void => {
        lastLines.push(line);
        if (lastLines.length > 10) lastLines.shift();
        onLine?.(line);
        const match = ready.exec(line);
        if (match) {
          clearTimeout(timer);
          resolve(match[1] ?? line);
        }
      };
      eachLine(child.stdout, listen);
      eachLine(child.stderr, listen);
      child.once('error', (error) => fail(`could not be started: ${error.message}`));
      child.once('close', () => {
        clearTimeout(timer);
        fail('ended before it was ready');
      });
    });
  }
}

function eachLine(stream: NodeJS.ReadableStream | null, listen: (line: string) => void): void {
  let rest = '';
  stream?.setEncoding('utf8');
  stream?.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) listen(line);
  });
}
