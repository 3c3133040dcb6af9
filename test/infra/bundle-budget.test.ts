import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { expect, test } from 'vitest';
import { ApiFunction } from '../../infra/constructs/api-function.ts';
import { BUNDLES, bundle } from '../bundles/bundles.ts';
import { largestParts } from '../bundles/largest-parts.ts';
import { createOutdir, SYNTH_TIMEOUT_MS } from './synthesize.ts';

const [enqueue] = BUNDLES;
if (enqueue?.name !== 'enqueue without-sql') throw new Error('the first is another one');

test(
  'the budget weighs what is deployed',
  async () => {
    const outdir = createOutdir();
    new ApiFunction(new Stack(new App({ outdir }), 'Test'), 'Function', { entry: enqueue.entry });
    const [deployed = ''] = globSync('asset.*/index.mjs', { cwd: outdir });

    const { bytes } = await bundle(enqueue);

    expect(Math.abs(statSync(join(outdir, deployed)).size - bytes)).toBeLessThan(500);
  },
  SYNTH_TIMEOUT_MS,
);

test('what is too large is named by package, and by folder of ours', async () => {
  const { bytes, metafile } = await bundle(enqueue);

  const parts = largestParts(metafile);

  expect(parts.map(([name]) => name)).toEqual(expect.arrayContaining(['@smithy/core', 'zod']));
  expect(parts.map(([, size]) => size)).toEqual(
    parts.map(([, size]) => size).toSorted((one, other) => other - one),
  );
  expect(parts.reduce((sum, [, size]) => sum + size, 0)).toBeLessThan(bytes);
});
