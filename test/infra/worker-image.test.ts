import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { BUNDLING } from '../../infra/constructs/bundling.ts';
import { WorkerService } from '../../infra/constructs/worker-service.ts';
import { REPOSITORY_ROOT } from '../../infra/repository-root.ts';
import { aWorker } from './a-worker.ts';
import { createOutdir, SYNTH_TIMEOUT_MS } from './synthesize.ts';

const dockerfile = readFileSync(join(REPOSITORY_ROOT, 'functions/worker/Dockerfile'), 'utf8');

describe("the worker's image", { timeout: SYNTH_TIMEOUT_MS }, () => {
  test('changes only with what the worker is made of', () => {
    const outdir = createOutdir();
    const stack = new Stack(new App({ outdir }), 'Test');
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

  test('is bundled with the flags of the Lambda functions', () => {
    const { banner, format, mainFields, target } = BUNDLING;

    for (const flag of [
      '--minify',
      `--target=${target}`,
      `--format=${format}`,
      `--main-fields=${mainFields.join(',')}`,
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
