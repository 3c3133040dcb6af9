import { execFile } from 'node:child_process';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { placeOf, ROOT } from './blocks.ts';
import { PATH_LINE, pathOf, snippets, storedText } from './snippets.ts';

let errors: Record<string, string[]>;
// It loads the types of the AWS SDK and of CDK.
beforeAll(async () => {
  const program = join(ROOT, 'test/docs/check-snippets.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [program]);
  errors = JSON.parse(stdout);
}, 120_000);

describe('every TypeScript snippet of the pages compiles as printed', () => {
  test('there are some, each in a file of its own', () => {
    const paths = snippets.map((block) => relative(ROOT, pathOf(block)));

    expect(paths.length).toBeGreaterThan(10);
    expect(paths.filter((path, index) => paths.indexOf(path) !== index)).toEqual([]);
  });

  test.each(snippets.map((block) => [placeOf(block), block] as const))(
    '%s',
    (_place, block) => {
      expect(errors[pathOf(block)]).toEqual([]);
      // A script without imports would see the names of all others.
      expect(block.text).toMatch(/^import /m);
    },
    60_000,
  );
});

test.each(
  snippets.flatMap((block) => {
    const stored = storedText(block);
    return stored === undefined ? [] : [[placeOf(block), block, stored] as const];
  }),
)('%s is the file of the repository whose path it prints', (_place, block, stored) => {
  expect(block.text.replace(PATH_LINE, '')).toBe(stored);
});
