import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A fenced block of a page. */
export type Block = {
  /** Path of the page from the root of the repository. */
  readonly page: string;
  /** Line of the page that opens the block. 1 is the first. */
  readonly line: number;
  /** The text after the three backticks. */
  readonly language: string;
  readonly text: string;
  /** The text between this block and the next heading or block. */
  readonly after: string;
};

const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];

const FENCE = /^```(\w+)\n(.*?)^```$/gms;

function blocksOf(page: string): Block[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(FENCE)].map(
    ({ index, 0: whole, 1: language = '', 2: content = '' }) => ({
      page,
      line: text.slice(0, index).split('\n').length,
      language,
      text: content,
      after: text.slice(index + whole.length).split(/^(?:```|#)/m)[0] ?? '',
    }),
  );
}

/** Every block of README, CONTRIBUTING and the pages of docs/ that is in this language. */
export const blocksIn = (language: string): Block[] =>
  PAGES.flatMap(blocksOf).filter((block) => block.language === language);

/** Where a block is, for the name of its test: "docs/api.md:58". */
export const placeOf = ({ page, line }: Block): string => `${page}:${line}`;
