import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { Metafile } from 'esbuild';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { buildCli } from '../../functions/dev/generate/build-cli.ts';
import { emulatorEnvironment } from '../../functions/dev/servers/emulators.ts';
import { loadConfig } from '../../shared/config/config-file.ts';
import { RESOURCES_VARIABLE } from '../../shared/deployment/resources.ts';
import { ownResources } from '../support/aws.ts';
import { aCli } from '../support/cli.ts';

const CONFIG = 'task-queue.config.json';
const HELP_BUDGET_BYTES = 200_000;

let outdir: string;
let metafile: Metafile;

// Far from node_modules: what is not in the bundle is not found.
beforeAll(async () => {
  outdir = mkdtempSync(join(tmpdir(), 'task-queue-bundle-'));
  metafile = await buildCli(outdir, ['test-tasks']);
});
afterAll(() => rmSync(outdir, { recursive: true }));

/** The entry and all chunks that are loaded with it, before any action runs. */
function loadedAtOnce() {
  const entry = relative(process.cwd(), join(outdir, 'main.mjs'));
  const found = new Set([entry]);
  for (const path of found) {
    for (const { path: imported, kind } of metafile.outputs[path]?.imports ?? []) {
      if (kind === 'import-statement' && imported in metafile.outputs) found.add(imported);
    }
  }
  return [...found].flatMap((path) => metafile.outputs[path] ?? []);
}

test('the help loads a small part of the bundle', () => {
  const bytes = loadedAtOnce().reduce((sum, output) => sum + output.bytes, 0);

  expect(bytes).toBeGreaterThan(10_000);
  expect(bytes).toBeLessThan(HELP_BUDGET_BYTES);
});

test('the help loads no AWS SDK, no zod, no handlers, and nothing that connects', () => {
  const inputs = loadedAtOnce().flatMap((output) => Object.keys(output.inputs));

  expect(inputs).toContain('functions/cli/program.ts');
  const packages = inputs
    .map((input) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1])
    .filter((name) => name !== undefined);
  expect([...new Set(packages)]).toEqual(['commander']);
  expect(inputs.filter((input) => /wir(e|ing)|(functions|test)\/tasks\//.test(input))).toEqual([]);
});

/** As an image runs it: nothing but Node and the bundle. */
function runBundle(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return spawnSync(process.execPath, [join(outdir, 'main.mjs'), ...args], {
    cwd: outdir,
    env: { PATH: process.env['PATH'], ...env },
    encoding: 'utf8',
  });
}

test('the bundle runs from anywhere, with the configuration it was bundled with', async () => {
  const config = loadConfig(CONFIG);
  const resources = await ownResources(config);

  const { status, stdout, stderr } = runBundle(['queues', '--json'], {
    ...emulatorEnvironment(inject('endpoints')),
    [RESOURCES_VARIABLE]: JSON.stringify(resources),
  });

  expect(stderr).toBe('');
  expect(status).toBe(0);
  const { queues } = JSON.parse(stdout) as { queues: { name: string }[] };
  expect(queues.map(({ name }) => name)).toEqual(config.queues.map(({ name }) => name));
});

test('its worker pool runs tasks in processes of their own, and tells their errors apart', async () => {
  const { env, wiring } = await aCli({ worker: { pollWaitSeconds: 1 } });
  const done = { name: 'compute-statistics', parameters: { values: [1, 2, 6] } };
  const hopeless = { name: 'deliver-webhook', parameters: { event: 'test' } };
  await wiring.dispatcher.enqueueMany([done, hopeless]);
  const limits = ['--limit-of-cpu', '100', '--limit-of-memory', '100'];

  const { status } = runBundle(
    ['worker', 'pool', '--queue', 'main', '--limit', '1', ...limits],
    env,
  );

  expect(status).toBe(0);
  const { tasks } = await wiring.log.list({ limit: 2 });
  // Permanent: its first attempt was its last.
  expect(
    tasks.map(({ name, status, attempt }) => `${name} ${status} ${attempt}`).toSorted(),
  ).toEqual(['compute-statistics completed 1', 'deliver-webhook failed 1']);
}, 30_000);

test('what needs the repository says so in a sentence', () => {
  const { status, stderr } = runBundle(['cost', '--config', join(process.cwd(), CONFIG)]);

  expect(status).toBe(1);
  expect(stderr).toBe(
    'The emulators are in the repository of the task queue, not in this bundle.\n',
  );
});

test('what is wrong with a command line is said by the bundle as by the source', () => {
  const { status, stderr } = runBundle(['queeus']);

  expect(status).toBe(2);
  expect(stderr).toContain('Did you mean queues?');
});
