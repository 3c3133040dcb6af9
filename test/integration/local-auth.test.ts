import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LocalStack, startLocalStack } from '../../functions/dev/local-stack.ts';

const APP = 'https://app.example.com';
const TASK = JSON.stringify({ name: 'compute-statistics', parameters: { values: [1] } });

let directory: string;
let stack: LocalStack;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'task-queue-auth-'));
  const configPath = join(directory, 'config.json');
  const config = {
    queues: [{ name: 'main', weight: 1, broker: { type: 'sqs' } }],
    auth: { type: 'jwt', issuer: 'https://id.example.com', audience: ['task-queue'] },
    api: { cors: { allowOrigins: [APP] } },
  };
  await writeFile(configPath, JSON.stringify(config));
  stack = await startLocalStack({ port: 0, workers: 0, configPath });
}, 30_000);
afterAll(async () => {
  await stack.stop();
  await rm(directory, { recursive: true });
}, 30_000);

const call = (path: string, { headers, ...init }: RequestInit = {}) =>
  fetch(`${stack.apiUrl}${path}`, { ...init, headers: { 'x-local-user': 'ann', ...headers } });

describe('the local stack with tokens', () => {
  test('believes whom the header names, and takes the admin by scope', async () => {
    const accepted = await call('/tasks', { method: 'POST', body: TASK });
    const { id } = (await accepted.json()) as { id: string };

    const mine = await call(`/tasks/${id}`);
    const others = await call(`/tasks/${id}`, { headers: { 'x-local-user': 'ben' } });
    const admins = await call(`/tasks/${id}`, {
      headers: { 'x-local-user': 'carl', 'x-local-scopes': 'openid task-queue/admin' },
    });

    expect(await mine.json()).toMatchObject({ owner: 'ann' });
    expect([mine.status, others.status, admins.status]).toEqual([200, 404, 200]);
  });

  test('lets nobody in who is nobody', async () => {
    const reply = await call('/tasks', { headers: { 'x-local-user': '' } });

    expect(reply.status).toBe(401);
    expect(await reply.json()).toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

describe('the local stack with pages of another origin', () => {
  test('answers the preflight of an allowed page without asking who it is', async () => {
    const reply = await call('/tasks', {
      method: 'OPTIONS',
      headers: { 'x-local-user': '', origin: APP, 'access-control-request-method': 'POST' },
    });

    expect(reply.status).toBe(204);
    expect(reply.headers.get('access-control-allow-origin')).toBe(APP);
    expect(reply.headers.get('access-control-allow-methods')).toContain('POST');
    expect(reply.headers.get('access-control-allow-headers')).toContain('authorization');
  });

  test.each([
    ['a reply', '/queues', 'ann', 200],
    ['an error', '/tasks/42', 'ann', 404],
    ['a refusal', '/queues', '', 401],
  ])('lets an allowed page, and it alone, read %s', async (_case, path, user, status) => {
    const headers = { 'x-local-user': user };

    const ofApp = await call(path, { headers: { ...headers, origin: APP } });
    const ofOther = await call(path, { headers: { ...headers, origin: 'https://example.org' } });

    expect([ofApp.status, ofOther.status]).toEqual([status, status]);
    expect(ofApp.headers.get('access-control-allow-origin')).toBe(APP);
    expect(ofApp.headers.get('content-type')).toContain('json');
    expect(ofOther.headers.get('access-control-allow-origin')).toBeNull();
  });
});
