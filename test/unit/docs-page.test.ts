import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { renderPage } from '../../functions/api/docs-page/get-docs.ts';
import { defineTask } from '../../shared/task/task-definition.ts';
import { anApi, anEvent, JWT } from '../support/an-api.ts';
import { document } from '../support/document-validator.ts';

describe('GET /docs', () => {
  const load = async () => {
    const { status, headers, text } = await anApi().get('/docs');
    return { status, headers, text };
  };

  test('is a page about every route and every schema, each with its own address', async () => {
    const { status, headers, text } = await load();

    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8' });
    const ids = new Set([...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    for (const { operationId } of operations) expect(ids).toContain(operationId);
    for (const name of ['Task', 'NewTask', 'GreetTask', 'Problem', 'DateTime']) {
      expect(ids).toContain(`schema-${name}`);
    }
    for (const [, target] of text.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(target);
  });

  test('says once what every route may answer', async () => {
    const { text } = await load();

    const [, common = ''] =
      /Every route may also respond[^<]*<\/p><table>(.*?)<\/table>/s.exec(text) ?? [];

    expect(common).toContain('429');
    expect(common).toContain('INTERNAL');
    expect(text.split('Too Many Requests').length).toBeLessThan(5);
  });

  test('runs no script, loads nothing, and may not: its policy allows its own style alone', async () => {
    const { headers, text } = await load();

    const style = /<style>(.*)<\/style>/s.exec(text)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(headers).toMatchObject({
      'content-security-policy': expect.stringContaining(
        `default-src 'none'; style-src 'sha256-${hash}';`,
      ),
    });
    expect(text).not.toMatch(
      /<script|<link|<img|<iframe| style=| on\w+=|https?:\/\/|@import|\burl\(/,
    );
  });

  test('shows how to call with curl, with a body for each kind of task', async () => {
    const { text } = await load();

    expect(text).toContain('curl &quot;$API/tasks/01ARZ3NDEKTSV4RRFFQ69G5FAV/status&quot;');
    expect(text).toContain(
      `-d '{&quot;name&quot;:&quot;greet&quot;,&quot;parameters&quot;:{&quot;whom&quot;:&quot;text&quot;}}'`,
    );
  });
});

describe('an API with another task', () => {
  const rest = defineTask({
    name: 'take-a-rest',
    description: 'Does nothing for a while.',
    parameters: z.strictObject({ minutes: z.int().min(1) }),
  });

  test('has it in GET /openapi.json, with a schema of its own', async () => {
    const { status, body } = await anApi({ contracts: [rest] }).get('/openapi.json');

    expect(status).toBe(200);
    expect(Object.keys(body.components.schemas.NewTask.discriminator.mapping)).toEqual([
      'greet',
      'wave',
      'take-a-rest',
    ]);
    expect(body.components.schemas.TakeARestTask).toMatchObject({
      description: 'Does nothing for a while.',
      properties: { parameters: { properties: { minutes: { type: 'integer', minimum: 1 } } } },
    });
  });

  test('has it in GET /docs, with an example', async () => {
    const { text } = await anApi({ contracts: [rest] }).get('/docs');

    expect(text).toContain('id="schema-TakeARestTask"');
    expect(text).toContain('{&quot;name&quot;:&quot;take-a-rest&quot;');
  });
});

test('GET /openapi.json wants the authorizer that the API has', async () => {
  const event = anEvent('GET', '/openapi.json', { auth: JWT });

  const { body } = await anApi({ auth: JWT }).send(event);

  expect(body.security).toEqual([{ jwt: [] }]);
});

test('text of the document is text on its page, whatever is in it', () => {
  const description = 'a < b && "c" <script>alert(`1`)</script>';

  const page = renderPage({ ...document, info: { ...document.info, description } });

  expect(page).toContain(
    'a &lt; b &amp;&amp; &quot;c&quot; &lt;script&gt;alert(<code>1</code>)&lt;/script&gt;',
  );
});
