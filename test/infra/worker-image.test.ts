import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { BUNDLING, IN_CHUNKS } from '../../infra/constructs/bundling.ts';
import { WorkerService } from '../../infra/constructs/worker/worker-service.ts';
import { REPOSITORY_ROOT } from '../../infra/repository-root.ts';
import { aWorker } from './a-worker.ts';
import { createOutdir, SYNTH_TIMEOUT_MS } from './synthesize.ts';

const dockerfile = readFileSync(join(REPOSITORY_ROOT, 'functions/worker/Dockerfile'), 'utf8');

describe("the worker's image", { timeout: SYNTH_TIMEOUT_MS }, () => {
  test('changes only with what the worker is made of', () => {
    const outdir = createOutdir();
    const stack = new Stack(new App({ outdir, builtinCloudFormationValidation: false }), 'Test');
    new WorkerService(stack, 'Worker', aWorker());

    const [asset = ''] = readdirSync(outdir).filter((name) => name.startsWith('asset.'));
    const folders = readdirSync(join(outdir, asset, 'functions'));

    expect(readdirSync(join(outdir, asset))).toEqual([
      '.dockerignore',
      'functions',
      'package-lock.json',
      'package.json',
      'shared',
      'task-queue.config.json',
    ]);
    expect(folders).toContain('worker');
    expect(folders.filter((name) => ['api', 'cli', 'dev'].includes(name))).toEqual([]);
  });

  test.each([
    [false, 'without-sql'],
    [true, 'with-sql'],
  ])(
    'carries the configuration that is deployed; with a database %s it is %s',
    (hasDatabase, SQL) => {
      const config = 'docs/examples/mixed.json';
      const app = new App({
        outdir: createOutdir(),
        context: { config },
        builtinCloudFormationValidation: false,
      });
      const stack = new Stack(app, 'Test');
      const databases = { default: { url: 'postgres://task_queue@db/task_queue' } };
      const resources = { queues: {}, ...(hasDatabase && { databases }) };
      new WorkerService(stack, 'Worker', { ...aWorker(), resources });

      const { directory } = app.synth();
      const assets = readFileSync(join(directory, 'Test.assets.json'), 'utf8');

      const [image] = Object.values<{ source: object }>(JSON.parse(assets).dockerImages);
      expect(image?.source).toMatchObject({
        dockerBuildArgs: { CONFIG_JSON: readFileSync(join(REPOSITORY_ROOT, config), 'utf8'), SQL },
      });
      expect(dockerfile).toContain(`FROM node:24-slim AS ${SQL}\n`);
    },
  );

  test('knows the authorities of RDS only where it can talk to a database', () => {
    const [, withoutSql = '', withSql = '', rest = ''] = dockerfile.split(/^FROM /m).slice(1);

    expect(withSql).toMatch(/^ADD .*https:\/\/truststore\.pki\.rds\.amazonaws\.com\//m);
    expect(withSql).toMatch(/^ENV NODE_EXTRA_CA_CERTS=/m);
    expect(withoutSql + rest).not.toContain('NODE_EXTRA_CA_CERTS');
  });

  test('is bundled with the flags of the Lambda functions, in chunks', () => {
    const { banner, format, mainFields, target } = BUNDLING;

    for (const flag of [
      '--minify',
      '--splitting',
      '--sourcemap',
      `--out-extension:.js=${IN_CHUNKS.outExtension['.js']}`,
      `--target=${target}`,
      `--format=${format}`,
      `--main-fields=${mainFields.join(',')}`,
      '--conditions=module,$SQL',
      `--banner:js="${banner.js}"`,
    ]) {
      expect(dockerfile).toContain(` ${flag}`);
    }
  });

  test('hands signals to node, which is not root', () => {
    expect(dockerfile).toContain('\nUSER node\n');
    expect(dockerfile).toContain('\nENTRYPOINT ["node", "--enable-source-maps", "main.mjs"]\n');
  });
});
