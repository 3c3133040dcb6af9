import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

test('the client is a few files of our own, in a browser too: no schema, no handler, no package', async () => {
  const entry = fileURLToPath(new URL('../../shared/client/client.ts', import.meta.url));

  const { metafile, outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    minify: true,
    metafile: true,
    write: false,
  });

  expect(Object.keys(metafile.inputs).sort()).toEqual([
    'shared/client/client.ts',
    'shared/client/transport.ts',
    'shared/clock.ts',
  ]);
  expect(outputFiles[0]?.contents.length).toBeLessThan(5000);
});
