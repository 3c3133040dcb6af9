import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { API_MATRIX } from './api-matrix.ts';
import { renderMatrix } from './render-matrix.ts';

/** Writes into docs/api.md who gets which answer, from what the tests check; `--check` only compares. */
const PAGE = fileURLToPath(new URL('../../docs/api.md', import.meta.url));
const BETWEEN_MARKERS = /(?<=<!-- api-matrix -->\n\n).*?(?=<!-- \/api-matrix -->)/s;

const page = readFileSync(PAGE, 'utf8');
if (!BETWEEN_MARKERS.test(page)) throw new Error('docs/api.md has lost its api-matrix markers');
const written = page.replace(BETWEEN_MARKERS, `${renderMatrix(Object.entries(API_MATRIX))}\n\n`);

if (!process.argv.includes('--check')) {
  writeFileSync(PAGE, written);
} else if (written !== page) {
  process.stderr.write('The table of roles in docs/api.md is out of date: npm run api-matrix\n');
  process.exit(1);
}
