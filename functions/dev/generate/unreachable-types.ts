import { globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const IMPORT = /(?:from|import\()\s*['"](\.{1,2}\/[^'"]+)\.ts['"]/g;

/** Declarations that nothing in `exports` leads to: tsc writes them of every module. */
export function unreachableTypes(outdir: string): string[] {
  const reached = new Set(globSync(join(outdir, 'exports/*.d.ts')));
  // Grows while it is walked.
  for (const path of reached) {
    for (const [, target = ''] of readFileSync(path, 'utf8').matchAll(IMPORT)) {
      reached.add(`${resolve(dirname(path), target)}.d.ts`);
    }
  }
  return globSync(join(outdir, '**/*.d.ts')).filter((path) => !reached.has(path));
}
