import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { handlers as ownHandlers } from '#tasks/handlers';
import { strategies as ownStrategies } from '#tasks/strategies';
import { strategyProblems, type TaskQueueConfig } from '../../shared/config/config.ts';
import { followConfigFile } from '../../shared/config/config-file.ts';
import { SettingsWatch } from '../../shared/control/control-store.ts';
import type { LiveSettings } from '../../shared/control/live-settings.ts';
import type { Dispatcher } from '../../shared/dispatcher/dispatcher.ts';
import { ConfigInvalidError, SchemaMismatchError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import { type StrategyCatalogue, strategyCatalogue } from '../../shared/selector/own-strategy.ts';
import type { TaskHandler } from '../../shared/task/task-definition.ts';
import { QueueStats } from '../../shared/worker/queue-stats.ts';
import { Worker } from '../../shared/worker/worker.ts';
import { toAll, type WorkerObserver } from '../../shared/worker/worker-observer.ts';
import { startTracing } from '../telemetry/start-tracing.ts';
import { reportMetrics } from '../telemetry/worker-metrics.ts';
import type { Wiring } from '../wiring/wiring.ts';
import { type Release, Releasers } from './releasers.ts';

export type WorkerOptions = {
  /** Adapts the configuration, and each edit of its file, to this worker. @default unchanged */
  readonly configure?: (config: TaskQueueConfig) => TaskQueueConfig;
  /** Polls of each queue in all; then the worker ends. @default no limit */
  readonly maxPolls?: number | undefined;
  /** @default the handlers of functions/tasks */
  readonly handlers?: readonly TaskHandler[];
  readonly observer?: WorkerObserver;
  /** Each is called before the first poll, and returns what to call at the end. */
  readonly attend?: readonly ((worker: Worker, config: TaskQueueConfig) => Release)[];
};

/** The parts of a process that a worker needs. */
export type WorkerParts = Pick<
  Wiring,
  | 'config'
  | 'brokers'
  | 'control'
  | 'log'
  | 'fileStore'
  | 'logger'
  | 'access'
  | 'usage'
  | 'requestsTo'
  | 'removeExpired'
> & { readonly dispatcher: Pick<Dispatcher, 'enqueueMany'> };

const RETENTION_INTERVAL_MS = 3_600_000;

/**
 * Runs a worker in this process until it is stopped or has made all its polls. Everything it opens is
 * released at the end, also when the start-up fails.
 * @throws {ConfigInvalidError | SchemaMismatchError}
 */
export async function runWorker(parts: WorkerParts, options: WorkerOptions = {}): Promise<void> {
  const { access, logger, usage, removeExpired } = parts;
  const { configure = (config) => config, attend = [] } = options;
  const config = configure(parts.config);
  if (config.queues.every(({ broker }) => broker.type === 'memory')) {
    logger.info(
      'No worker is needed: every queue to serve is sync, and runs where it is enqueued.',
    );
    return;
  }
  const strategies = strategyCatalogue(ownStrategies);
  assertStrategy(config, strategies);
  const asked = askServers(parts);
  const stopNaming = nameSilentServers(asked, logger);
  await assertSchemas(asked);
  const workerId = `${hostname()}-${process.pid}-${randomUUID().slice(0, 4)}`;
  const stats = new QueueStats();
  const worker = createWorker({ ...parts, config, strategies }, workerId, stats, options);
  const opened = new Releasers(logger);
  opened.add(stopNaming);
  const stopObeying = obeySignals(worker, logger);
  try {
    opened.add(await startTracing(process.env, logger, access));
    // Before the first poll: a worker that starts while all is paused must not take a task.
    await followSettings(worker, { ...parts, config, strategies }, configure, opened);
    if (removeExpired) opened.add(keepRemoving(removeExpired, logger));
    for (const start of attend) opened.add(start(worker, config));
    opened.add(reportMetrics({ ...parts, worker, stats }));
    const running = worker.run();
    logger.info('worker ready', { workerId, queues: config.queues.map(({ name }) => name) });
    await running;
  } finally {
    await opened.releaseAll();
    // Last: a second SIGTERM during the releases must not kill the process.
    stopObeying();
  }
  logger.info('worker stopped', { workerId, usage });
}

/** @throws {ConfigInvalidError} when this worker has no code of the configured strategy */
function assertStrategy(config: TaskQueueConfig, strategies: StrategyCatalogue): void {
  const problems = strategyProblems(config, [...strategies.keys()]);
  if (problems.length > 0) throw new ConfigInvalidError('of the worker', problems);
}

type PartsWithStrategies = WorkerParts & { readonly strategies: StrategyCatalogue };

/** A server that a worker needs, and its answer to a first, small request. */
type Asked = {
  readonly server: string;
  readonly isSql: boolean;
  readonly answer: Promise<unknown>;
};

/** Log lines name a server that has not answered by then. A long poll would take half a minute to fail. */
const SILENT_MS = 4000;

const askServers = ({ brokers, control, removeExpired }: WorkerParts): Asked[] => [
  ...[...brokers].map(([queue, broker]) => ({
    server: `queue "${queue}" (${broker.system})`,
    isSql: broker.system === 'postgresql',
    answer: broker.depth(),
  })),
  { server: 'live settings', isSql: removeExpired !== undefined, answer: control.read() },
];

/** Says which servers do not answer. The worker starts meanwhile, and serves those that do. */
function nameSilentServers(asked: readonly Asked[], logger: Logger): Release {
  const stop = new AbortController();
  for (const { server, answer } of asked) {
    const timer = setTimeout(() => {
      logger.warn('a server has not answered yet', { server, seconds: SILENT_MS / 1000 });
    }, SILENT_MS).unref();
    stop.signal.addEventListener('abort', () => clearTimeout(timer));
    const failed = (error: unknown): void => {
      if (!stop.signal.aborted) logger.warn('a server does not answer', { server, error });
    };
    answer.catch(failed).finally(() => clearTimeout(timer));
  }
  return () => stop.abort();
}

/**
 * Refuses a database with another schema at once, so that the log says why the worker ended. A database
 * that is unreachable is not refused: the worker serves the other queues until it answers.
 * @throws {SchemaMismatchError}
 */
async function assertSchemas(asked: readonly Asked[]): Promise<void> {
  const onSql = asked.filter(({ isSql }) => isSql);
  for (const answer of await Promise.allSettled(onSql.map(({ answer }) => answer))) {
    const isRefused = answer.status === 'rejected' && answer.reason instanceof SchemaMismatchError;
    if (isRefused) throw answer.reason;
  }
}

function createWorker(
  parts: PartsWithStrategies,
  workerId: string,
  stats: QueueStats,
  { handlers = ownHandlers, maxPolls, observer }: WorkerOptions,
): Worker {
  return new Worker({
    ...parts,
    workerId,
    maxPolls,
    enqueueMany: (requests) => parts.dispatcher.enqueueMany(requests),
    observer: observer ? toAll([stats, observer]) : stats,
    handlers: new Map(handlers.map((handler) => [handler.definition.name, handler])),
  });
}

/** Applies the control record to the worker and, where there is one, the configuration file. */
async function followSettings(
  worker: Worker,
  { control: store, config, logger, strategies }: PartsWithStrategies,
  configure: (config: TaskQueueConfig) => TaskQueueConfig,
  opened: Releasers,
): Promise<void> {
  const apply = (settings: LiveSettings): void => worker.apply(settings);
  const names = [...strategies.keys()];
  const settings = new SettingsWatch({ store, config, ownStrategies: names, logger, apply });
  opened.add(() => settings.stop());
  // On AWS there is no file: the configuration is bundled.
  const path = process.env['TASK_QUEUE_CONFIG'];
  if (path) {
    const onChange = (edited: TaskQueueConfig): void => settings.reconfigure(configure(edited));
    const onError = (error: unknown): void =>
      logger.error('the edited configuration is not used', { error });
    opened.add(followConfigFile(path, onChange, onError, names));
  }
  await settings.start();
}

/** Removes expired tasks now and every hour. Any number of workers share the work. */
function keepRemoving(removeExpired: () => Promise<number>, logger: Logger): Release {
  const remove = async (): Promise<void> => {
    try {
      const tasks = await removeExpired();
      if (tasks > 0) logger.info('expired tasks removed', { tasks });
    } catch (error) {
      logger.warn('expired tasks could not be removed; the next try is in an hour', { error });
    }
  };
  void remove();
  const timer = setInterval(() => void remove(), RETENTION_INTERVAL_MS);
  return () => clearInterval(timer);
}

type SignalWorker = Pick<Worker, 'mode' | 'pause' | 'resume' | 'drain' | 'cancel'>;

/**
 * Obeys signals until it is released. TERM, INT and QUIT: finish the tasks in hand, then end. A second
 * one: stop the tasks now and requeue them. HUP: finish as well, but it never stops tasks, because
 * shell and kernel may both send it when a terminal closes. USR2: pause. CONT: resume.
 */
export function obeySignals(worker: SignalWorker, logger: Logger): Release {
  let isStopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    logger.info(isStopping ? 'worker cancelling its tasks' : 'worker draining', { signal });
    if (isStopping) worker.cancel();
    else worker.drain();
    isStopping = true;
  };
  const hangUp = (signal: NodeJS.Signals): void => {
    if (!isStopping) stop(signal);
  };
  // A worker that drains is neither paused nor resumed, and the log does not say so.
  const pause = (): void => {
    worker.pause();
    if (worker.mode === 'paused') logger.info('worker paused');
  };
  const resume = (): void => {
    if (worker.mode !== 'paused') return;
    worker.resume();
    logger.info('worker resumed');
  };
  const listeners: [NodeJS.Signals, NodeJS.SignalsListener][] = [
    ['SIGTERM', stop],
    ['SIGINT', stop],
    ['SIGQUIT', stop],
    ['SIGHUP', hangUp],
    ['SIGUSR2', pause],
    ['SIGCONT', resume],
  ];
  for (const [signal, listener] of listeners) process.on(signal, listener);
  return () => {
    for (const [signal, listener] of listeners) process.off(signal, listener);
  };
}
