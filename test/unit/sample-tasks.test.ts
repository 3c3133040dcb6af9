import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { computeStatisticsHandler } from '../../functions/tasks/compute-statistics/handler.ts';
import { contracts } from '../../functions/tasks/contracts.ts';
import { deliverWebhookHandler } from '../../functions/tasks/deliver-webhook/handler.ts';
import { exportResultsHandler } from '../../functions/tasks/export-results/handler.ts';
import { handlers } from '../../functions/tasks/handlers.ts';
import { importResultsHandler } from '../../functions/tasks/import-results/handler.ts';
import { ParametersInvalidError } from '../../shared/errors.ts';
import { Report } from '../../shared/report/report.ts';
import { PermanentTaskError, RetryLaterError } from '../../shared/task/handler-errors.ts';
import { aContext } from '../support/a-context.ts';

afterEach(() => vi.unstubAllEnvs());

test('every task that is accepted has code that runs it', () => {
  expect(handlers.map(({ definition }) => definition)).toEqual(contracts);
});

describe('import-results', () => {
  const importing = (...lines: string[]) =>
    importResultsHandler.run({ csv: lines.join('\n') }, aContext());

  test('counts and adds up the lines it accepts', async () => {
    const report = await importing('participant,score', 'ann,97.5', 'ben,0', 'cleo,100');

    expect(report).toMatchObject({
      type: 'success',
      message: 'Imported 3 of 3 lines',
      data: { accepted: 3, rejected: 0, sum: 197.5 },
      children: [],
    });
  });

  test('warns of every line it rejects, with its number, its reason and its content', async () => {
    const report = await importing(
      'participant,score',
      ',40',
      'ann,97',
      'ben,many',
      'cleo,101',
      'dan,-1',
      'eve',
      ',',
    );

    expect(report).toMatchObject({
      type: 'success',
      message: 'Imported 1 of 7 lines',
      data: { accepted: 1, rejected: 6, sum: 97 },
    });
    expect(report?.children.map(({ type, message }) => [type, message])).toEqual([
      ['warning', 'Line 2 has no participant'],
      ['warning', 'Line 4 has a score that is not a number'],
      ['warning', 'Line 5 has a score over 100'],
      ['warning', 'Line 6 has a score that is not a number'],
      ['warning', 'Line 7 has no score'],
      ['warning', 'Line 8 has no participant and has a score that is not a number'],
    ]);
    expect(report?.children[1]?.data).toEqual({ participant: 'ben', score: 'many' });
  });

  test.each([
    ['quoted fields', 'participant,score\n"Lovelace, ""Ada""",99\n'],
    ['empty lines', '\nparticipant,score\n\n\nann,99\n\n'],
    ['spaces around fields', ' participant , score \n ann , 99 '],
    ['columns in another order, and more of them', 'score,country,participant\n99,gb,ann'],
    ['Windows line ends', 'participant,score\r\nann,99\r\n'],
    ['a byte order mark', '\uFEFFparticipant,score\nann,99'],
  ])('reads %s', async (_case, csv) => {
    const report = await importing(csv);

    expect(report).toMatchObject({ data: { accepted: 1, rejected: 0, sum: 99 } });
  });

  test.each([
    ['without one of its columns', 'participant,points\nann,99', 'it has no column score'],
    ['without any of its columns', 'ann;99\nben;98', 'it has no column participant, score'],
    ['with a quote that is never closed', 'participant,score\n"ann,99', 'Quote Not Closed'],
  ])('gives up at once on a file %s', async (_case, csv, reason) => {
    const run = importing(csv);

    await expect(run).rejects.toBeInstanceOf(PermanentTaskError);
    await expect(run).rejects.toThrow(`The CSV cannot be read: ${reason}`);
  });
});

describe('import-results reads lines as people count them', () => {
  test('after an empty line and a quoted line break', async () => {
    const csv = 'participant,score\n\n"ann\nbee",90\nben,200\n';

    const report = await importResultsHandler.run({ csv }, aContext());

    expect(report?.children.map(({ message }) => message)).toEqual(['Line 5 has a score over 100']);
  });

  test('a first line without a score is rejected, not the whole file', async () => {
    const csv = 'participant,score\nann\nben,4\n';

    const report = await importResultsHandler.run({ csv }, aContext());

    expect(report?.children.map(({ message }) => message)).toEqual(['Line 2 has no score']);
  });

  test.each(['foo,bar\n', '\n'])('a file without our header is refused: %j', async (csv) => {
    const run = importResultsHandler.run({ csv }, aContext());

    await expect(run).rejects.toThrow('it has no column participant, score');
  });
});

describe('export-results', () => {
  let parent: string;
  let directory: string;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'export-'));
    directory = join(parent, 'made', 'by', 'the', 'task');
    vi.stubEnv('EXPORT_DIRECTORY', directory);
  });
  afterEach(() => rmSync(parent, { recursive: true }));

  test.each([1, 999, 1000, 1001, 2500])('writes all %i rows below a header', async (rows) => {
    const report = await exportResultsHandler.run({ deliveryId: 'd-1', rows }, aContext());

    const file = join(directory, 'd-1.csv');
    const [header, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(header).toBe('row,participant,score');
    expect(lines.map((line) => Number(line.split(',')[0]))).toEqual(
      Array.from({ length: rows }, (_, index) => index + 1),
    );
    expect(lines.every((line) => /^\d+,d-1-p\d+,\d+$/.test(line))).toBe(true);
    expect(report).toMatchObject({ type: 'success', data: { file, rows } });
    expect(readdirSync(directory)).toEqual(['d-1.csv']);
  });

  test('reports the checksum of the file as it is', async () => {
    const report = await exportResultsHandler.run({ deliveryId: 'd-1', rows: 12 }, aContext());

    const file = readFileSync(join(directory, 'd-1.csv'));
    const sha256 = createHash('sha256').update(file).digest('hex');
    expect(report?.data).toMatchObject({ sha256 });
  });

  test('exports the same file for one delivery every time, and another for another', async () => {
    const exported = async (deliveryId: string): Promise<string> => {
      await exportResultsHandler.run({ deliveryId, rows: 1500 }, aContext());
      return createHash('sha256')
        .update(readFileSync(join(directory, `${deliveryId}.csv`)))
        .digest('hex');
    };

    const [first, again, other] = [
      await exported('d-1'),
      await exported('d-1'),
      await exported('d-2'),
    ];

    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  test('shows its progress after every thousand rows', async () => {
    const context = aContext();

    await exportResultsHandler.run({ deliveryId: 'd-1', rows: 4000 }, context);

    expect(context.progressed).toEqual(
      [25, 50, 75, 100].map((percent) => ({ percent, message: 'rows written' })),
    );
  });

  test('stops when it is told to, and leaves no file that looks complete', async () => {
    const abort = new AbortController();
    let chunks = 0;
    const context = aContext({
      signal: abort.signal,
      progress: async () => {
        chunks += 1;
        if (chunks === 2) abort.abort(new Error('the worker is stopping'));
      },
    });

    const run = exportResultsHandler.run({ deliveryId: 'd-1', rows: 100_000 }, context);

    await expect(run).rejects.toThrow('the worker is stopping');
    expect(chunks).toBe(2);
    expect(readdirSync(directory)).not.toContain('d-1.csv');
  });

  test('a second attempt completes what an aborted one began', async () => {
    const { taskId } = aContext();
    const aborted = aContext({ taskId, signal: AbortSignal.abort() });
    await exportResultsHandler.run({ deliveryId: 'd-1', rows: 10 }, aborted).catch(() => {});

    await exportResultsHandler.run({ deliveryId: 'd-1', rows: 10 }, aContext({ taskId }));

    expect(readdirSync(directory)).toEqual(['d-1.csv']);
  });

  test.each(['../d-1', '', 'a/b', 'x'.repeat(65)])(
    'refuses "%s", which is no delivery id, and writes nothing',
    async (deliveryId) => {
      const run = exportResultsHandler.run({ deliveryId, rows: 1 }, aContext());

      await expect(run).rejects.toBeInstanceOf(ParametersInvalidError);
      expect(readdirSync(parent)).toEqual([]);
    },
  );

  test('goes to the priority queue for a VIP delivery only', () => {
    const { queue } = exportResultsHandler.definition;

    expect(queue?.({ deliveryId: 'vip-1', rows: 1 })).toBe('priority');
    expect(queue?.({ deliveryId: 'd-1', rows: 1 })).toBeUndefined();
  });
});

describe('compute-statistics', () => {
  test.each([
    ['one value', [7], [7, 7, 0, 7, 7]],
    ['an odd number of values', [9, 1, 5], [5, 5, 3.266, 1, 9]],
    ['an even number of values', [4, 1, 3, 2], [2.5, 2.5, 1.118, 1, 4]],
    ['equal values', [3, 3, 3, 3], [3, 3, 0, 3, 3]],
    ['negative values', [-10, 2], [-4, -4, 6, -10, 2]],
    ['values from a textbook', [2, 4, 4, 4, 5, 5, 7, 9], [5, 4.5, 2, 2, 9]],
    ['values that sort differently as text', [100, 20, 3], [41, 20, 42.293, 3, 100]],
  ])('knows the statistics of %s', async (_case, values, expected) => {
    const [mean, median, standardDeviation = Number.NaN, minimum, maximum] = expected;

    const report = await computeStatisticsHandler.run({ values }, aContext());

    expect(report).toEqual(
      Report.success(`Statistics of ${values.length} values`, {
        count: values.length,
        mean,
        median,
        standardDeviation: expect.closeTo(standardDeviation, 3),
        minimum,
        maximum,
      }),
    );
  });

  test.each([
    ['no values', []],
    ['too many values', Array(20_001).fill(1)],
    ['a value that is no number', [1, '2']],
  ])('refuses %s', async (_case, values) => {
    const run = computeStatisticsHandler.run({ values }, aContext());

    await expect(run).rejects.toBeInstanceOf(ParametersInvalidError);
  });
});

describe('deliver-webhook', () => {
  type Answer = { readonly status: number; readonly headers?: Record<string, string> };
  type Received = { method?: string; headers: IncomingHttpHeaders; body: string };

  const PARAMETERS = { event: 'export.completed', payload: { rows: 41 } };
  let server: Server;
  let answers: Answer[];
  let received: Received[];

  beforeEach(async () => {
    answers = [];
    received = [];
    server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { method = '', headers } = request;
      received.push({ method, headers, body: Buffer.concat(chunks).toString() });
      const answer = answers.shift() ?? { status: 200 };
      response.writeHead(answer.status, answer.headers).end('thanks');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    vi.stubEnv('WEBHOOK_URL', `http://127.0.0.1:${port}/events`);
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  test('delivers the event as JSON, under a key that is the same on every attempt', async () => {
    const context = aContext({ attempt: 2 });

    const report = await deliverWebhookHandler.run(PARAMETERS, context);

    expect(report).toMatchObject({
      type: 'success',
      message: 'Delivered export.completed',
      data: { status: 200, attempt: 2 },
    });
    expect(received).toMatchObject([
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': context.taskId },
      },
    ]);
    expect(JSON.parse(received[0]?.body ?? '')).toEqual({ taskId: context.taskId, ...PARAMETERS });
  });

  test('fails the attempt while the receiver is broken, and succeeds when it is back', async () => {
    answers = [{ status: 500 }, { status: 503 }, { status: 200 }];
    const attempt = () => deliverWebhookHandler.run(PARAMETERS, aContext());

    await expect(attempt()).rejects.toThrow('The webhook answered 500.');
    await expect(attempt()).rejects.toThrow('The webhook answered 503.');
    expect(await attempt()).toMatchObject({ type: 'success' });
  });

  test('comes back later when the receiver says when', async () => {
    answers = [{ status: 429, headers: { 'retry-after': '120' } }];

    const run = deliverWebhookHandler.run(PARAMETERS, aContext());

    await expect(run).rejects.toBeInstanceOf(RetryLaterError);
    await expect(run).rejects.toMatchObject({ delaySeconds: 120 });
  });

  test.each([
    ['never says when', {}],
    ['names a date', { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }],
    ['names no time at all', { 'retry-after': '0' }],
  ])('is tried again as usual when a busy receiver %s', async (_case, headers) => {
    answers = [{ status: 429, headers }];

    const error = await deliverWebhookHandler
      .run(PARAMETERS, aContext())
      .catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ name: 'Error', message: 'The webhook answered 429.' });
  });

  test.each([400, 401, 404, 410])('gives up at once when the answer is %i', async (status) => {
    answers = [{ status }];

    const run = deliverWebhookHandler.run(PARAMETERS, aContext());

    await expect(run).rejects.toBeInstanceOf(PermanentTaskError);
    await expect(run).rejects.toThrow(`The webhook refused the event: ${status}.`);
  });

  test('fails the attempt when nobody listens', async () => {
    vi.stubEnv('WEBHOOK_URL', 'http://127.0.0.1:1/events');

    const error = await deliverWebhookHandler
      .run(PARAMETERS, aContext())
      .catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(PermanentTaskError);
  });

  test('stops waiting for an answer when it is told to', async () => {
    const signal = AbortSignal.abort(new Error('the worker is stopping'));

    const run = deliverWebhookHandler.run(PARAMETERS, aContext({ signal }));

    await expect(run).rejects.toThrow('the worker is stopping');
    expect(received).toEqual([]);
  });

  test.each(['', undefined])('gives up at once when WEBHOOK_URL is "%s"', async (url) => {
    vi.stubEnv('WEBHOOK_URL', url);

    const run = deliverWebhookHandler.run(PARAMETERS, aContext());

    await expect(run).rejects.toBeInstanceOf(PermanentTaskError);
    await expect(run).rejects.toThrow('WEBHOOK_URL is not set');
  });
});
