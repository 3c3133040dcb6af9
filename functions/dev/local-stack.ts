import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { strategies } from '#tasks/strategies';
import type { TaskQueueConfig } from '../../shared/config/config.ts';
import { followConfigFile, loadConfig } from '../../shared/config/config-file.ts';
import { localConfig } from '../../shared/config/worker-config.ts';
import { messageOf } from '../../shared/foreign/text.ts';
import { strategyCatalogue } from '../../shared/selector/own-strategy.ts';
import { painter } from '../cli/terminal/text.ts';
import { workerLog } from '../cli/terminal/worker-log.ts';
import { startLocalServers } from './servers/local-servers.ts';
import { assertPortIsFree } from './servers/ports.ts';
import type { ManagedProcess, ProcessGroup } from './servers/process-group.ts';

const API_SERVER = fileURLToPath(new URL('local-api/api-server.ts', import.meta.url));
const TABLE_STREAM = fileURLToPath(new URL('servers/table-stream.ts', import.meta.url));
const WORKER = fileURLToPath(new URL('../worker/main.ts', import.meta.url));
/** The default configuration file. */
export const CONFIG = fileURLToPath(new URL('../../task-queue.config.json', import.meta.url));

/** From SIGTERM on. Then a worker that has not ended is killed; its tasks return by their leases. */
const WORKER_STOP_MS = 3000;

export type LocalStackOptions = {
  /** Port of the API. 0 takes any free port. */
  readonly port: number;
  /** Number of workers. None starts when every queue is sync. */
  readonly workers: number;
  /**
   * False: no consumer reads the table's stream, and GET /stats counts nothing.
   * @default true
   */
  readonly withStats?: boolean;
  /** @default the repository's task-queue.config.json */
  readonly configPath?: string;
  /** Additional variables for the API and the workers. */
  readonly env?: Record<string, string>;
  /** Receives every line that a process writes. */
  readonly onLine?: (process: string, line: string) => void;
};

/** The whole system on this machine. Servers, API, stream consumer and workers are separate processes. */
export type LocalStack = {
  readonly apiUrl: string;
  readonly config: TaskQueueConfig;
  /** The variables by which another process reaches its servers. */
  readonly env: Readonly<Record<string, string>>;
  readonly workers: readonly ManagedProcess[];
  /** Resolves to a sentence for people when a process ends unexpectedly. */
  readonly unexpectedEnd: Promise<string>;
  /** Stops everything: first the workers, which finish their running tasks, then API and servers. */
  stop(): Promise<void>;
};

/** Resolves when every process answers. @throws one sentence, with nothing left running */
export async function startLocalStack(options: LocalStackOptions): Promise<LocalStack> {
  const config = localConfig(loadConfig(options.configPath ?? CONFIG, ownStrategies()));
  if (options.port !== 0) await assertPortIsFree(options.port);
  // On PostgreSQL, GET /stats counts when it is called.
  const withStats = options.withStats !== false && config.taskLog.type !== 'postgres';
  const opened = new AsyncDisposableStack();
  try {
    const servers = await startLocalServers({ withStreams: withStats, env: process.env });
    opened.defer(() => servers.stop());
    const { processes } = servers;
    const { env: access, configPath } = await servers.deploy(config);
    opened.defer(followConfig(options, configPath));
    const env = {
      // There is no CloudWatch here to read one line per queue and minute.
      POWERTOOLS_METRICS_DISABLED: 'true',
      ...process.env,
      ...access,
      TASK_QUEUE_CONFIG: configPath,
      ...options.env,
    };
    const isSync = config.queues.every(({ broker }) => broker.type === 'memory');
    const { api, workers } = await startPrograms(processes, env, {
      ...options,
      withStats,
      workers: isSync ? 0 : options.workers,
    });
    opened.defer(async () => {
      await Promise.all(workers.map((worker) => processes.stop(worker, WORKER_STOP_MS)));
    });
    return {
      config,
      workers,
      env: setVariables(access),
      apiUrl: api.announced,
      unexpectedEnd: processes.unexpectedEnd,
      stop: () => opened.disposeAsync(),
    };
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

async function startPrograms(
  processes: ProcessGroup,
  env: NodeJS.ProcessEnv,
  { port, workers, withStats, onLine }: LocalStackOptions,
): Promise<{ api: ManagedProcess; workers: ManagedProcess[] }> {
  const start = (name: string, program: string, ready: RegExp, more: NodeJS.ProcessEnv = {}) =>
    processes.start({
      name,
      ready,
      command: process.execPath,
      args: [program],
      env: { ...env, ...more },
      onLine: (line) => onLine?.(name, line),
    });
  const names = Array.from({ length: workers }, (_, index) => `worker ${index + 1}`);
  const [api, ...started] = await Promise.all([
    start('the API', API_SERVER, /^ready (\S+)/, { PORT: String(port) }),
    ...names.map((name) => start(name, WORKER, /"worker ready"/)),
    ...(withStats ? [start('the table stream', TABLE_STREAM, /^ready/)] : []),
  ]);
  return { api, workers: started.slice(0, workers) };
}

/** Passes edits of the configuration on to the workers, which apply what can change at run time. */
const followConfig = ({ configPath = CONFIG, onLine }: LocalStackOptions, copy: string) =>
  followConfigFile(
    configPath,
    (edited) => writeFileSync(copy, JSON.stringify(localConfig(edited))),
    (error) => onLine?.('configuration', messageOf(error)),
    ownStrategies(),
  );

const ownStrategies = (): string[] => [...strategyCatalogue(strategies).keys()];

/** Makes strings of all variables. Unset ones become empty, which the AWS SDK treats as unset. */
const setVariables = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(Object.entries(env).map(([name, value = '']) => [name, value]));

/** A line of a process that writes JSON, as its logger made it. */
type LogEntry = Record<string, unknown> & {
  readonly level: string;
  readonly message: string;
  readonly task?: EndedTask;
};

/** The ended task of an event: shared/events. */
type EndedTask = {
  readonly id: string;
  readonly name: string;
  readonly queue: string;
  readonly status: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
};

const SEVERITY: Readonly<Record<string, 'warn' | 'error' | undefined>> = {
  WARN: 'warn',
  ERROR: 'error',
};

/** Fields that tell a person nothing new. */
const NOISE = new Set(['timestamp', 'service', 'sampling_rate', 'usage', 'traceId']);

/**
 * Turns the JSON lines of all processes into short lines for people: one for each task that has
 * ended, and one for each message.
 */
export function linesForPeople(
  write: (line: string) => unknown,
): (process: string, line: string) => void {
  const { logger, ended } = workerLog(write, painter(process.stdout));
  return (process, line) => {
    const entry = entryIn(line);
    if (!entry) {
      if (!line.startsWith('ready')) write(`${process} | ${line}`);
      return;
    }
    const { level, message, task, ...fields } = entry;
    if (task) ended(task.queue, task.status, secondsOf(task), task);
    else logger[SEVERITY[level] ?? 'info'](`${process}: ${message}`, newsIn(fields));
  };
}

function entryIn(line: string): LogEntry | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const entry = JSON.parse(line) as Partial<LogEntry>;
    return typeof entry.message === 'string' ? (entry as LogEntry) : undefined;
  } catch {
    return undefined;
  }
}

const secondsOf = ({ startedAt, finishedAt }: EndedTask): number | undefined =>
  startedAt && finishedAt ? (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000 : undefined;

function newsIn({ error, ...fields }: Record<string, unknown>): Record<string, unknown> {
  const news = Object.entries(fields).filter(([name]) => !NOISE.has(name));
  return { ...Object.fromEntries(news), error: reasonOf(error) };
}

/** An error arrives as an object with its message and stack. */
const reasonOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'message' in error ? error.message : error;
