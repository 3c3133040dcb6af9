import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assertContents } from './contents.ts';
import { assertDeployment } from './deployment.ts';
import { installExample } from './install-example.ts';
import { pack } from './pack.ts';
import { assertPrograms } from './programs.ts';

/**
 * Builds the package, packs it, and uses it as a project of somebody else would: the example of
 * docs/embed.md in an empty directory, with packages of the registry and nothing of this repository.
 */
const directory = mkdtempSync(join(tmpdir(), 'task-queue-package-'));

async function step<Result>(what: string, run: () => Result | Promise<Result>): Promise<Result> {
  const start = performance.now();
  const result = await run();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  process.stdout.write(`ok  ${what}, ${seconds} s\n`);
  return result;
}

try {
  const tarball = await step('the package is built and packed', () => pack(directory));
  await step('it has what it needs, and nothing else', () => assertContents(tarball));
  const project = join(directory, 'shop');
  await step('the example installs it', () => installExample(project, tarball.path));
  await step('its types hold, and the stack is synthesised', () => assertDeployment(project));
  await step('what was bundled runs, and so does the command line', () => assertPrograms(project));
} finally {
  rmSync(directory, { recursive: true });
}
