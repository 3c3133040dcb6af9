import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type { Results } from '../results.ts';
import { chartsOf } from './charts.ts';
import { pageOf } from './markdown.ts';

const DOCS = new URL('../../../docs/', import.meta.url);

/**
 * Writes docs/benchmarks.md and docs/benchmarks/*.svg from a file of results.
 * @throws one sentence when there is none
 */
export async function writeReport(file: string): Promise<void> {
  const results = await resultsIn(file);
  const charts = chartsOf(results.runs);
  await mkdir(new URL('benchmarks/', DOCS), { recursive: true });
  for (const { name, svg } of charts) await writeFile(new URL(`benchmarks/${name}.svg`, DOCS), svg);
  await writeFile(new URL('benchmarks.md', DOCS), pageOf(results, charts));
}

async function resultsIn(file: string): Promise<Results> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Results;
  } catch (cause) {
    throw new Error(`No results in ${file}: npm run bench writes them.`, { cause });
  }
}
