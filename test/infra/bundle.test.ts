import { execFileSync } from 'node:child_process';
import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { App, Stack } from 'aws-cdk-lib';
import { beforeAll, describe, expect, test } from 'vitest';
import { ApiFunction } from '../../infra/constructs/api-function.ts';
import { loadDeployableConfig } from '../../infra/deployable-config.ts';
import { REPOSITORY_ROOT } from '../../infra/repository-root.ts';
import { createOutdir, SYNTH_TIMEOUT_MS } from './synthesize.ts';

let bundle: string;

// The construct itself bundles, so that the options are those of the deployment.
beforeAll(() => {
  const outdir = createOutdir();
  const stack = new Stack(new App({ outdir }), 'Test');
  new ApiFunction(stack, 'Enqueue', {
    entry: 'functions/api/enqueue.ts',
    resources: { table: 'tasks', queues: {} },
  });
  bundle = join(outdir, globSync('asset.*/index.mjs', { cwd: outdir })[0] ?? 'no bundle');
}, SYNTH_TIMEOUT_MS);

describe('the enqueue function', () => {
  test('is small enough to be fetched and parsed quickly: under 450 kB', () => {
    expect(statSync(bundle).size).toBeLessThan(450_000);
  });

  test('is imported by a fresh process in under 250 ms', () => {
    // The best of five: other tests may use the machine, which only ever adds time.
    const milliseconds = Array.from({ length: 5 }, () => millisecondsToImport(bundle));

    expect(Math.min(...milliseconds)).toBeLessThan(250);
  });
});

function millisecondsToImport(file: string): number {
  const script = `
    const start = performance.now();
    const { handler } = await import(${JSON.stringify(pathToFileURL(file))});
    if (typeof handler !== 'function') throw new Error('no handler');
    console.log(performance.now() - start);`;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
    env: { AWS_REGION: 'us-east-1', TASK_QUEUE_RESOURCES: resourcesVariable() },
  });
  return Number(output);
}

/** As CDK would set it, for the configuration that is part of the bundle. */
function resourcesVariable(): string {
  const { queues } = loadDeployableConfig(join(REPOSITORY_ROOT, 'task-queue.config.json'));
  const url = 'https://sqs.us-east-1.amazonaws.com/000000000000/x';
  const address = { url, deadLetterUrl: `${url}-dead` };
  return JSON.stringify({
    table: 'tasks',
    queues: Object.fromEntries(queues.map(({ name }) => [name, address])),
  });
}
