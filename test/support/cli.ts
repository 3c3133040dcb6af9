import { spawn } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { CommandRun } from '../../functions/cli/host.ts';
import { wireCli } from '../../functions/cli/kit/connection.ts';
import { runCommandLine } from '../../functions/cli/program.ts';
import type { TaskQueueConfig } from '../../shared/config/config.ts';
import type { Resources } from '../../shared/deployment/resources.ts';
import { aConfig } from './a-config.ts';
import { resourcesOf } from './aws.ts';
import { aHost, needsProcess } from './cli-host.ts';
import type { AtTheEnd } from './postgres.ts';
import { processEnvironment } from './worker-process.ts';

const CLI = fileURLToPath(new URL('../../functions/cli/main.ts', import.meta.url));

/** The bundle where the run made one, except for commands that need the repository's emulators. */
const programFor = ([command]: readonly string[]): string =>
  command === 'cost' ? CLI : (inject('cliBundle') ?? CLI);

export type CliRun = {
  /** `null` when a signal ended it. */
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
};

export type CliOptions = {
  readonly env?: NodeJS.ProcessEnv;
  /** @default an empty one */
  readonly directory?: string;
  /** Its standard input. */
  readonly input?: string;
  /** Standard input has no end: somebody may type more. */
  readonly isInputOpen?: boolean;
  /** Ends it, as kill -9 does. */
  readonly kill?: AbortSignal;
  /** Output after which the process receives Ctrl-C. */
  readonly interruptAfter?: RegExp;
  /** Called before it has done anything. */
  readonly onStart?: (pid: number) => void;
  /** Runs it as a process, to test what only a process shows. */
  readonly isProcess?: boolean;
};

/** They obey signals of their process, or need the repository's emulators. */
const LONG_LIVED = ['worker', 'cost'];

/**
 * Runs the real command to its end. It runs within this process unless it needs one of its own, which
 * takes a quarter of a second of a processor.
 */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  const { env = process.env, isProcess, kill, interruptAfter, isInputOpen, onStart } = options;
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'task-queue-cli-')));
  const [command = ''] = args;
  if (
    isProcess ||
    [kill, interruptAfter, isInputOpen, onStart].some((option) => option !== undefined) ||
    LONG_LIVED.includes(command) ||
    needsProcess(env)
  ) {
    return runProcess(args, { ...options, env, directory });
  }
  const { host, written } = aHost({ ...options, env, directory });
  const code = await runCommandLine(args, host);
  return { code, ...written() };
}

function runProcess(args: readonly string[], options: CliOptions): Promise<CliRun> {
  const { env, directory: cwd, input = '', kill, interruptAfter, onStart } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [programFor(args), ...args], { env, cwd });
    const texts = { output: '', errors: '' };
    if (child.pid !== undefined) onStart?.(child.pid);
    child.stdout.on('data', (chunk: Buffer) => {
      texts.output += chunk.toString();
      if (interruptAfter?.test(texts.output)) child.kill('SIGINT');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      texts.errors += chunk.toString();
    });
    // It may end before it has read all of it.
    child.stdin.on('error', () => undefined);
    if (options.isInputOpen) child.stdin.write(input);
    else child.stdin.end(input);
    kill?.addEventListener('abort', () => child.kill('SIGKILL'));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...texts }));
  });
}

function adopt(env: NodeJS.ProcessEnv): void {
  for (const [name, value] of Object.entries(env)) {
    // Assigned, undefined would become a text.
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}

/**
 * Queues, a table and a bucket of one test, with the command line to work on them. `wiring` looks at
 * the same resources from within the test.
 */
export async function aCli(changes: Record<string, unknown> = {}, atTheEnd?: AtTheEnd) {
  const config: TaskQueueConfig = aConfig(changes);
  const resources: Resources = await resourcesOf(config, atTheEnd);
  const env = await processEnvironment(config, resources);
  const configPath = env['TASK_QUEUE_CONFIG'] ?? '';
  // Clients that a test makes itself look for region and credentials there.
  adopt(env);
  const wiring = wireCli(env, new CommandRun(aHost({ env, directory: tmpdir() }).host));
  const run = (args: readonly string[], options: CliOptions = {}) =>
    runCli(args, { ...options, env: { ...env, ...options.env } });
  /** The result of a command that must succeed. */
  const json = async <Result>(...args: string[]): Promise<Result> => {
    const { code, output, errors } = await run([...args, '--json']);
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${errors}`);
    return JSON.parse(output) as Result;
  };
  return { config, resources, env, configPath, wiring, run, json };
}
