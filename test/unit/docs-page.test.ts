import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { renderPage } from '../../functions/api/docs-page/page.ts';
import { anApi } from '../support/an-api.ts';
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
    for (const name of Object.keys(document.components.schemas)) {
      expect(ids).toContain(`schema-${name}`);
    }
    for (const [, target] of text.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(target);
  });

  test('says once what every route may answer', async () => {
    const { text } = await load();

    const [, common = ''] =
      /Every route may also answer[^<]*<\/p><table>(.*?)<\/table>/s.exec(text) ?? [];

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
      `-d '{&quot;name&quot;:&quot;export-results&quot;,&quot;parameters&quot;:{&quot;deliveryId&quot;:&quot;vip-1&quot;,&quot;rows&quot;:500}}'`,
    );
  });
});

test('GET /openapi.json is the document', async () => {
  const { status, body } = await anApi().get('/openapi.json');

  expect(status).toBe(200);
  expect(body).toEqual(document);
});

test('text of the document is text on its page, whatever is in it', () => {
  const description = 'a < b && "c" <script>alert(`1`)</script>';

  const page = renderPage({ ...document, info: { ...document.info, description } });

  expect(page).toContain(
    'a &lt; b &amp;&amp; &quot;c&quot; &lt;script&gt;alert(<code>1</code>)&lt;/script&gt;',
  );
});
