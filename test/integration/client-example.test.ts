import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { startLocalStack } from '../../functions/dev/local-stack.ts';

const ROOT = new URL('../../', import.meta.url);
const run = promisify(execFile);

test('the example of docs/client.md runs, and shows a finished task', {
  timeout: 60_000,
}, async () => {
  const stack = await startLocalStack({ port: 0, workers: 1 });
  onTestFinished(() => stack.stop(), 30_000);
  const directory = mkdtempSync(join(tmpdir(), 'task-queue-client-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const page = readFileSync(new URL('docs/client.md', ROOT), 'utf8');
  const [, example = ''] = /```ts\n(.*?)```/s.exec(page) ?? [];
  const file = join(directory, 'example.ts');
  writeFileSync(
    file,
    example
      .replaceAll("from './", `from '${pathToFileURL(ROOT.pathname)}`)
      .replace('http://127.0.0.1:4280', stack.apiUrl),
  );

  const { stdout } = await run(process.execPath, [file]);

  expect(stdout).toContain('Completed {');
  expect(stdout).toContain('Scores of June completed');
});
