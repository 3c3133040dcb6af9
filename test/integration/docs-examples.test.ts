import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LocalStack, startLocalStack } from '../../functions/dev/local-stack.ts';

const PAGES = ['api.md', 'search.md'].map((name) =>
  fileURLToPath(new URL(`../../docs/${name}`, import.meta.url)),
);
const ADDRESS = 'http://127.0.0.1:4280';

/** Every `curl` of the pages, with the status that the text after it promises. */
const examples = PAGES.flatMap((page) => [
  ...readFileSync(page, 'utf8').matchAll(/```sh\n(curl .+)\n```\n\n→ (\d{3})/g),
]).map(([, command = '', status = '']) => ({ command, status }));

let stack: LocalStack;
beforeAll(async () => {
  stack = await startLocalStack({ port: 0, workers: 0, withStats: false });
}, 30_000);
afterAll(() => stack.stop(), 30_000);

const statusOf = (command: string) =>
  new Promise<string>((resolve, reject) => {
    const asked = command.replace(ADDRESS, stack.apiUrl);
    const quiet = `${asked} --silent --output /dev/null --write-out '%{http_code}'`;
    execFile('bash', ['-c', quiet], (error, output) => (error ? reject(error) : resolve(output)));
  });

describe('docs/api.md and docs/search.md', () => {
  test('have an example for every kind of answer', () => {
    expect(examples.map(({ status }) => status)).toEqual(
      expect.arrayContaining(['200', '202', '207', '404', '422']),
    );
  });

  test.each(examples)('$command answers $status', async ({ command, status }) => {
    expect(await statusOf(command)).toBe(status);
  });
});
