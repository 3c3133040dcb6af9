import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Block, blocksIn, ROOT } from './blocks.ts';

/** The first line of a snippet may name its file. Otherwise it is a file at the root. */
export const PATH_LINE = /^\/\/ (\S+\.ts)\n/;

const printedPath = ({ text }: Block): string | undefined => PATH_LINE.exec(text)?.[1];

export const pathOf = (block: Block): string =>
  join(ROOT, printedPath(block) ?? `${block.page.replaceAll(/\W/g, '-')}-${block.line}.ts`);

/** Every TypeScript snippet of the pages. */
export const snippets: readonly Block[] = blocksIn('ts');

/** Returns the repository's version of a printed file, if there is one. */
export const storedText = (block: Block): string | undefined => {
  const path = pathOf(block);
  return printedPath(block) && existsSync(path) ? readFileSync(path, 'utf8') : undefined;
};
