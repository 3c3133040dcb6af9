import type { IncomingMessage } from 'node:http';
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { type ApiEvent, httpHandler } from '../../functions/api/http.ts';
import { lambdaFor } from '../../functions/api/match-route.ts';
import {
  docsRoutes,
  enqueueRoutes,
  manageRoutes,
  queryRoutes,
} from '../../functions/api/routes.ts';
import { toApiEvent } from '../../functions/dev/local-api/api-gateway.ts';
import { newUsage } from '../../functions/wiring/usage-meter.ts';
import type { Wiring } from '../../functions/wiring/wiring.ts';
import { parseConfig, type TaskQueueConfig } from '../../shared/config/config.ts';
import { Dispatcher } from '../../shared/dispatcher/dispatcher.ts';
import { BrokerUnavailableError } from '../../shared/errors.ts';
import type { IdempotencyStore } from '../../shared/idempotency/idempotency-store.ts';
import { MemoryBroker } from '../../shared/memory/broker.ts';
import { MemoryFileStore } from '../../shared/memory/file-store.ts';
import {
  MemoryControlStore,
  MemoryIdempotencyStore,
  MemoryStatsStore,
} from '../../shared/memory/stores.ts';
import { MemoryTaskLog } from '../../shared/memory/task-log.ts';
import { Report } from '../../shared/report/report.ts';
import type { Task } from '../../shared/task/task.ts';
import type { StoredFile } from '../../shared/task/task-context.ts';
import {
  defineTask,
  type TaskDefinition,
  taskCatalogue,
} from '../../shared/task/task-definition.ts';
import type { TaskLog } from '../../shared/task-log/task-log.ts';
import { aTask } from './a-task.ts';
import { assertDocumented } from './document-validator.ts';
import { quietLogger } from './quiet-logger.ts';

export const ARN = 'arn:aws:iam::000000000000:user/';
export const ADMIN = 'ops/carl';
export const GREETING = { name: 'greet', parameters: { whom: 'Ann' } };

const CONTRACTS: readonly TaskDefinition[] = [
  defineTask({
    name: 'greet',
    category: 'create',
    parameters: z.strictObject({ whom: z.string(), times: z.int().max(9).optional() }),
  }),
  defineTask({ name: 'wave', category: 'export', parameters: z.strictObject({}) }),
];

export class BrokenBroker extends MemoryBroker {
  override publish(): Promise<never> {
    return Promise.reject(new BrokerUnavailableError('main', new Error('ECONNREFUSED 10.0.0.7')));
  }
}

export class BrokenLog extends MemoryTaskLog {
  readonly #error: Error;

  constructor(error: Error) {
    super();
    this.#error = error;
  }

  override get(): Promise<never> {
    return Promise.reject(this.#error);
  }
}

type ApiStorage = Pick<Wiring, 'log' | 'control' | 'idempotency'>;

const inMemory = (): ApiStorage => ({
  log: new MemoryTaskLog(),
  control: new MemoryControlStore(),
  idempotency: new MemoryIdempotencyStore(),
});
let createStorage = inMemory;

/** Sets where the APIs of this test file keep their tasks, unless a test says otherwise. */
export const keepTasksIn = (create: () => ApiStorage): void => {
  createStorage = create;
};

/** Undoes `keepTasksIn`. */
export const keepTasksInMemory = (): void => keepTasksIn(inMemory);

type SetupOptions = {
  readonly broker?: MemoryBroker;
  readonly log?: TaskLog;
  readonly idempotency?: IdempotencyStore;
  readonly auth?: TaskQueueConfig['auth'];
  /** Tasks besides `greet` and `wave`. */
  readonly contracts?: readonly TaskDefinition[];
};
type RequestOptions = {
  /** Empty: nobody. */
  readonly user?: string;
  readonly scopes?: string;
  readonly auth?: TaskQueueConfig['auth'];
  readonly body?: unknown;
  readonly text?: string;
  readonly headers?: Record<string, string>;
};

type AuthOf<Type> = Extract<TaskQueueConfig['auth'], { type: Type }>;
export const IAM: AuthOf<'iam'> = { type: 'iam', admins: [`${ARN}root`, `${ARN}ops/*`] };
export const JWT: AuthOf<'jwt'> = {
  type: 'jwt',
  issuer: 'https://id.example.com',
  audience: ['task-queue'],
  ownerClaim: 'sub',
  adminScope: 'task-queue/admin',
};

/** An event as API Gateway makes it. `text` is a body that need not be JSON. */
export function anEvent(method: string, url: string, options: RequestOptions = {}): ApiEvent {
  const { user = 'ann', scopes, auth = IAM, body } = options;
  const { text = body === undefined ? '' : JSON.stringify(body) } = options;
  const headers = { 'x-local-user': user, 'x-local-scopes': scopes, ...options.headers };
  return toApiEvent(
    { method, url, headers } as unknown as IncomingMessage,
    Buffer.from(text),
    auth,
  );
}

/** The API, over memory adapters if nothing else is said: tasks wait in queue `main` (weight 3) or `slow` (weight 1). */
export function anApi({
  broker = new MemoryBroker(),
  auth = IAM,
  contracts = [],
  ...given
}: SetupOptions = {}) {
  const catalogue = taskCatalogue([...CONTRACTS, ...contracts]);
  const { log, control, idempotency } = { ...createStorage(), ...given };
  const config = parseConfig(
    {
      queues: [
        { name: 'main', weight: 3, broker: { type: 'sqs' } },
        { name: 'slow', weight: 1, broker: { type: 'sqs' } },
      ],
      taskQueues: { wave: 'slow' },
      auth,
    },
    'of a test',
  );
  const brokers = new Map([
    ['main', broker],
    ['slow', new MemoryBroker()],
  ]);
  const logger = quietLogger();
  const dispatcher = new Dispatcher({ config, catalogue, brokers, log, logger });
  const files = new MemoryFileStore();
  const stats = new MemoryStatsStore();
  const wiring = {
    config,
    catalogue,
    brokers,
    deadLetters: new Map(),
    redelivery: undefined,
    log,
    files,
    fileStore: files,
    stats,
    control,
    dispatcher,
    idempotency,
    logger,
    access: { region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } },
    usage: newUsage(),
    requestsTo: () => 0,
  };
  const lambdas = {
    enqueue: httpHandler(enqueueRoutes(wiring), wiring),
    query: httpHandler(queryRoutes(wiring), wiring),
    manage: httpHandler(manageRoutes(wiring), wiring),
    docs: httpHandler(docsRoutes(wiring), wiring),
  };

  const send = async (event: ApiEvent) => {
    const lambda = lambdas[lambdaFor(event.requestContext.http.method, event.rawPath)];
    const reply = await lambda(event, { awsRequestId: 'request-1' } as Context);
    const { statusCode: status = 0, headers = {}, body: text = '' } = reply;
    const contentType = String(headers['content-type'] ?? '');
    const isHead = event.requestContext.http.method === 'HEAD';
    // 405 says that there is no such route.
    if (!isHead && status !== 405) assertDocumented(event.routeKey, { status, contentType, text });
    return {
      status,
      headers,
      text,
      body: contentType.endsWith('json') && !isHead ? JSON.parse(text) : undefined,
    };
  };
  const post = (body: unknown, user = 'ann') => send(anEvent('POST', '/tasks', { body, user }));
  const get = (url: string, user = 'ann') => send(anEvent('GET', url, { user }));
  const manage = (url: string, body?: unknown, user = 'ann', headers = {}) =>
    send(anEvent('POST', url, { body, user, headers }));

  /** Records a task of a user, without its message. */
  const record = async (user: string, changes: Partial<Task> = {}): Promise<Task> => {
    const task = aTask({ owner: `${ARN}${user}`, ...changes });
    await log.recordEnqueued(task, 'main');
    return task;
  };

  /** Runs a recorded task to this end; without one, it is still running. */
  const run = async (
    task: Task,
    ending?: 'completed' | 'failed',
    file?: StoredFile,
  ): Promise<void> => {
    const request = { queue: 'main', workerId: 'worker-1', leaseSeconds: 60, claimId: task.id };
    const result = await log.claim(task, request);
    if (result.outcome !== 'claimed') throw new Error(`the claim was answered ${result.outcome}`);
    const report = Report.info(ending ?? '');
    if (ending) await log.finish(result.claim, { status: ending, report, ...(file && { file }) });
  };

  return { log, files, stats, logger, broker, send, post, get, manage, record, run };
}
