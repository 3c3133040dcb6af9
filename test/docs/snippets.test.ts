import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Block, blocksIn, placeOf, ROOT } from './blocks.ts';

/** The first line of a snippet may name its file. Otherwise it is a file at the root. */
const PATH_LINE = /^\/\/ (\S+\.ts)\n/;

const printedPath = ({ text }: Block): string | undefined => PATH_LINE.exec(text)?.[1];

const pathOf = (block: Block): string =>
  join(ROOT, printedPath(block) ?? `${block.page.replaceAll(/\W/g, '-')}-${block.line}.ts`);

const snippets = blocksIn('ts');

/** Returns the repository's version of a printed file, if there is one. */
const storedText = (block: Block): string | undefined => {
  const path = pathOf(block);
  return printedPath(block) && existsSync(path) ? readFileSync(path, 'utf8') : undefined;
};

/** The type checker, with the snippets as files among those of the repository. */
function checkSnippets(): ts.Program {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, ROOT);
  // An example may end before it uses all that it makes.
  options.noUnusedLocals = false;
  // A snippet for users of the package imports it by its name.
  options.paths = { 'serverless-task-queue/*': ['./exports/*.ts'] };
  const texts = new Map(snippets.map((block) => [pathOf(block), block.text]));
  const folders = new Set([...texts.keys()].map((path) => dirname(path)));
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, directoryExists } = host;
  host.fileExists = (path) => texts.has(path) || fileExists(path);
  host.readFile = (path) => texts.get(path) ?? readFile(path);
  host.directoryExists = (path) => folders.has(path) || (directoryExists?.(path) ?? true);
  const { getSourceFile } = host;
  host.getSourceFile = (path, languageVersion, ...rest) => {
    const text = texts.get(path);
    return text === undefined
      ? getSourceFile(path, languageVersion, ...rest)
      : ts.createSourceFile(path, text, languageVersion);
  };
  return ts.createProgram([...texts.keys()], options, host);
}

let program: ts.Program;
// It loads the types of the AWS SDK and of CDK.
beforeAll(() => {
  program = checkSnippets();
}, 120_000);

function errorsIn(path: string): string[] {
  const source = program.getSourceFile(path);
  if (!source) throw new Error(`${path} is not checked`);
  return [
    ...program.getSyntacticDiagnostics(source),
    ...program.getSemanticDiagnostics(source),
  ].map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

describe('every TypeScript snippet of the pages compiles as printed', () => {
  test('there are some, each in a file of its own', () => {
    const paths = snippets.map((block) => relative(ROOT, pathOf(block)));

    expect(paths.length).toBeGreaterThan(10);
    expect(paths.filter((path, index) => paths.indexOf(path) !== index)).toEqual([]);
  });

  test.each(snippets.map((block) => [placeOf(block), block] as const))(
    '%s',
    (_place, block) => {
      expect(errorsIn(pathOf(block))).toEqual([]);
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
