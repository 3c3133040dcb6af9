import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type LocalStack, startLocalStack } from '../../functions/dev/local-stack.ts';
import { createClient } from '../../shared/client/client.ts';
import defaults from '../../task-queue.config.json' with { type: 'json' };
import { placed } from '../support/a-config.ts';
import { answerProblem, document, schemaProblem } from '../support/document-validator.ts';
import {
  type FuzzRequest,
  type Known,
  type Route,
  requestTo,
} from '../support/fuzz/request-arbitrary.ts';
import { sendRaw } from '../support/fuzz/send-raw.ts';
import { textCases } from '../support/fuzz/text-cases.ts';
import { scaled } from '../support/scale.ts';
import type { contracts } from '../tasks/contracts.ts';

const REQUESTS = scaled(3000, 1000);
/** Fewest requests of a route, so that some of them are accepted. */
const FEWEST = 100;
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_124);

/** Errors that a body allowed by the document never gets. */
const REFUSED_BY_SCHEMA = ['BODY_INVALID', 'BODY_MALFORMED', 'BODY_TOO_LARGE'];

/** Those that make tasks come last: some of the others take longer the more tasks there are. */
const routes: readonly Route[] = Object.entries(document.paths)
  .flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation,
    })),
  )
  .sort((a, b) => Number('requestBody' in a.operation) - Number('requestBody' in b.operation));
const weightOf = ({ operation }: Route): number =>
  operation.requestBody ? 10 : (operation.parameters?.length ?? 0) + 1;
const totalWeight = routes.reduce((sum, route) => sum + weightOf(route), 0);

const takesText = ({ operation: { parameters = [], requestBody } }: Route): boolean =>
  requestBody !== undefined || parameters.some((one) => one.in === 'query');

let directory: string;
let stack: LocalStack;
let known: Known;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'task-queue-fuzz-'));
  const configPath = join(directory, 'config.json');
  const auth = { type: 'iam', admins: ['arn:aws:iam::000000000000:user/root'] };
  await writeFile(configPath, JSON.stringify({ ...placed(defaults), auth }));
  const env = { EXPORT_DIRECTORY: directory };
  stack = await startLocalStack({ port: 0, workers: 1, configPath, env });
  known = await someTasks(stack);
}, 60_000);

afterAll(async () => {
  await stack.stop();
  await rm(directory, { recursive: true });
}, 30_000);

/** Tasks that have ended in several ways, and one that waits, of a worker that is paused from then on. */
async function someTasks({ apiUrl, workers }: LocalStack): Promise<Known> {
  const headers = { 'x-local-user': 'fuzz' };
  const client = createClient<typeof contracts>({ url: apiUrl, headers });
  const ended = [
    await client.enqueue('compute-statistics', { values: [1, 2, 3] }),
    await client.enqueue('export-results', { deliveryId: 'd-1', rows: 3 }),
    await client.enqueue('import-results', { csv: 'participant,score\nann,91\n,7\n' }),
    await client.enqueue('import-results', { csv: '"never closed' }),
  ].map(({ id }) => id);
  await vi.waitFor(
    async () => {
      const statuses = await Promise.all(ended.map((id) => client.status(id)));
      expect(statuses.map(({ status }) => status)).toEqual([
        'completed',
        'completed',
        'completed',
        'failed',
      ]);
    },
    { timeout: 20_000, interval: 100 },
  );
  for (const { pid } of workers) process.kill(pid, 'SIGUSR2');
  const waiting = await client.enqueue('compute-statistics', { values: [1] }, { label: '👩‍🚀' });
  const { next = '' } = await client.page({ limit: 2 });
  const [from, to] = [-1, 1].map((days) => new Date(Date.now() + days * 86_400_000).toISOString());
  return { id: [...ended, waiting.id], cursor: [next], from: [from ?? ''], to: [to ?? ''] };
}

test('the local stack serves the document of the tasks it runs', async () => {
  const response = await fetch(`${stack.apiUrl}/openapi.json`);

  expect(await response.json()).toEqual(document);
});

describe(`with ${REQUESTS} generated requests, seed ${SEED}`, () => {
  test.each(
    routes.map((route) => ({
      ...route,
      runs: Math.max(Math.ceil((REQUESTS * weightOf(route)) / totalWeight), FEWEST),
    })),
  )(
    '$method $path answers $runs as its document says, never with 5xx',
    {
      timeout: 120_000,
    },
    async ({ runs, ...route }) => {
      let accepted = 0;

      await fc.assert(
        fc.asyncProperty(requestTo(route, known), async (request) => {
          const { status } = await expectAsDocumented(route, request);
          if (status < 400) accepted += 1;
        }),
        { numRuns: runs, seed: SEED },
      );

      expect(accepted).toBeGreaterThan(0);
    },
  );
});

async function expectAsDocumented(route: Route, request: FuzzRequest): Promise<Sent> {
  const answer = await sendRaw(stack.apiUrl, request);
  expect(statusesIn(answer).filter((status) => status >= 500)).toEqual([]);
  if (isOfNoRoute(request, answer)) return answer;
  expect(answerProblem(`${route.method} ${route.path}`, answer)).toBeUndefined();
  expectJudgedBySchema(route, request, answer);
  return answer;
}

/** Its own, and those of the tasks of an array. */
const statusesIn = ({ status, text }: Sent): number[] => [
  status,
  ...(status === 207 ? [...text.matchAll(/"status":(\d{3})/g)].map(([, own]) => Number(own)) : []),
];

type Sent = Awaited<ReturnType<typeof sendRaw>>;

/** A path parameter that is no plain text can lead to no route at all. */
const isOfNoRoute = ({ mayMissRoute }: FuzzRequest, { text }: Sent): boolean =>
  mayMissRoute && /"code":"(ROUTE_NOT_FOUND|METHOD_NOT_ALLOWED)"/.test(text);

/** Expects that a request is accepted only if the document allows it, and called invalid only if not. */
function expectJudgedBySchema({ method, path }: Route, { json }: FuzzRequest, answer: Sent): void {
  if (json === undefined || Array.isArray(json)) return;
  const operation = `/paths/${path.replaceAll('/', '~1')}/${method.toLowerCase()}`;
  const pointer = `${operation}/requestBody/content/application~1json/schema`;
  if (schemaProblem(pointer, json) !== undefined) {
    expect(answer.status).toBeGreaterThanOrEqual(400);
  } else if (answer.status >= 400 && isAscii(json)) {
    // Lengths of other text are counted in units that JSON Schema does not know.
    expect(REFUSED_BY_SCHEMA).not.toContain(JSON.parse(answer.text).code);
  }
}

const isAscii = (json: unknown): boolean => !/[^\x20-\x7e]|\\u/.test(JSON.stringify(json));

test.each(routes.filter(takesText))(
  '$method $path takes any text in any place as its document says',
  {
    timeout: 120_000,
  },
  async (route) => {
    for (const request of textCases(route, known)) {
      await expectAsDocumented(route, request).catch((error: Error) => {
        throw new Error(`${request.path} ${request.body?.toString().slice(0, 500)}`, {
          cause: error,
        });
      });
    }
  },
);

test.each([
  ['6 MiB', 6, 'application/problem+json'],
  ['11 MiB, which API Gateway does not let through', 11, 'application/json'],
])('a body of %s is answered 413 as documented', async (_size, mebibytes, contentType) => {
  const body = Buffer.alloc(mebibytes * 1024 * 1024, 0x20);

  const answer = await sendRaw(stack.apiUrl, { method: 'POST', path: '/tasks', headers: {}, body });

  expect(answer).toMatchObject({ status: 413, contentType });
  expect(answerProblem('POST /tasks', answer)).toBeUndefined();
});
