import { describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { LogUnavailableError } from '../../shared/errors.ts';
import { newTaskId } from '../../shared/ids.ts';
import { Report } from '../../shared/report/report.ts';
import type { Task } from '../../shared/task/task.ts';
import { ADMIN, anApi, anEvent, BrokenLog } from '../support/an-api.ts';

const PATH = '/taoTaskQueue/TaskQueueRestApi';
const { version } = packageJson;

/** As `aTask` of the test support, but of a name that the catalogue knows. */
const GREET = { name: 'greet', label: 'Good morning', parameters: { whom: 'Ann' } };

/** Ends a task with this report. */
async function finish({ log }: ReturnType<typeof anApi>, task: Task, report: Report) {
  const request = { queue: 'main', workerId: 'worker-1', leaseSeconds: 60, claimId: task.id };
  const result = await log.claim(task, request);
  if (result.outcome !== 'claimed') throw new Error(result.outcome);
  await log.finish(result.claim, { status: 'completed', report });
}

describe(`GET ${PATH}/get`, () => {
  test('shows a task in the form of the original', async () => {
    const api = anApi();
    const task = await api.record('ann', GREET);
    const child = Report.success('Exported', { rows: 3 });
    await finish(api, task, Report.info('Running task', undefined, [child]));

    const { status, headers, body } = await api.get(`${PATH}/get?id=${task.id}`);

    expect([status, headers['content-type']]).toEqual([200, 'application/json']);
    expect(body).toEqual({
      success: true,
      data: {
        id: task.id,
        taskName: 'greet',
        taskLabel: 'Good morning',
        status: 'completed',
        statusLabel: 'Completed',
        masterStatus: false,
        createdAt: task.createdAt,
        updatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.+Z$/),
        report: {
          type: 'info',
          message: 'Running task',
          data: null,
          children: [{ type: 'success', message: 'Exported', data: { rows: 3 }, children: [] }],
        },
        hasFile: false,
        category: 'create',
      },
      version,
    });
  });

  test('has no report before there is one, and no category for a task nobody defines', async () => {
    const { get, record } = anApi();
    const task = await record('ann', { name: 'forgotten' });

    const { body } = await get(`${PATH}/get?id=${task.id}`);

    expect(body.data).not.toHaveProperty('report');
    expect(body.data).toMatchObject({ status: 'created', category: 'unknown' });
  });

  test('shows an admin the tasks of all', async () => {
    const { get, record } = anApi();
    const { id } = await record('ben');

    expect(await get(`${PATH}/get?id=${id}`, ADMIN)).toMatchObject({ status: 200 });
  });
});

describe(`GET ${PATH}/getStatus`, () => {
  test.each([
    ['created', async () => undefined],
    ['in_progress', ({ run }, task) => run(task)],
    ['completed', ({ run }, task) => run(task, 'completed')],
    ['failed', ({ run }, task) => run(task, 'failed')],
    ['cancelled', ({ log }, task) => log.cancel(task.id)],
  ] as [string, (api: ReturnType<typeof anApi>, task: Task) => Promise<unknown>][])(
    'answers %s in one word',
    async (expected, bring) => {
      const api = anApi();
      const task = await api.record('ann', GREET);
      await bring(api, task);

      const { status, body } = await api.get(`${PATH}/getStatus?id=${task.id}`);

      expect(status).toBe(200);
      expect(body).toEqual({ success: true, data: expected, version });
    },
  );
});

describe.each(['get', 'getStatus'])('what goes wrong with GET …/%s', (action) => {
  test('is 400 in the original’s words without an id', async () => {
    const reply = await anApi().get(`${PATH}/${action}`);

    expect(reply).toMatchObject({ status: 400, headers: { 'content-type': 'application/json' } });
    expect(reply.body).toEqual({
      success: false,
      errorCode: 0,
      errorMsg: 'At least one mandatory parameter was required but found missing in your request',
      version,
    });
  });

  test('is 401 in the original’s form unless somebody established who calls', async () => {
    const event = anEvent('GET', `${PATH}/${action}?id=${newTaskId()}`);
    const { authorizer: _, ...requestContext } = event.requestContext;

    const reply = await anApi().send({ ...event, requestContext });

    expect(reply).toMatchObject({ status: 401, headers: { 'content-type': 'application/json' } });
    expect(reply.body).toEqual({
      success: false,
      errorCode: '401',
      errorMsg: 'You are not authorized to access this functionality.',
      version,
    });
  });

  test('is 404 for no task, for one of another, and for what is no id', async () => {
    const { get, record } = anApi();
    const { id } = await record('ben');

    for (const wrong of [newTaskId(), id, 'rdf%23i150764040443513560', '']) {
      const reply = await get(`${PATH}/${action}?id=${wrong}`);

      expect(reply).toMatchObject({ status: 404, headers: { 'content-type': 'application/json' } });
      expect(reply.body).toEqual({
        success: false,
        errorCode: 0,
        errorMsg: `There is no task with id "${decodeURIComponent(wrong)}".`,
        version,
      });
    }
  });
});

test.each([
  ['503 when the log is down', new LogUnavailableError('get', new Error('secret')), 503],
  ['500 on an error nobody foresaw', new TypeError('secret'), 500],
])('the original’s route answers %s, and the log has its cause', async (_case, error, expected) => {
  const { get, logger } = anApi({ log: new BrokenLog(error) });

  const { status, text, body } = await get(`${PATH}/get?id=${newTaskId()}`);

  expect(status).toBe(expected);
  expect(Object.keys(body)).toEqual(['success', 'errorCode', 'errorMsg', 'version']);
  expect(text).not.toContain('secret');
  expect(logger.lines).toMatchObject([{ level: 'error', fields: { error } }]);
});
