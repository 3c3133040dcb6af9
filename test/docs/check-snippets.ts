import { dirname, join } from 'node:path';
import ts from 'typescript';
import { ROOT } from './blocks.ts';
import { pathOf, snippets } from './snippets.ts';

// Prints the errors of every snippet as JSON, by the path of its file. A process of its own: where
// Vitest measures coverage, the type checker takes four times as long.

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

const program = checkSnippets();

function errorsIn(path: string): string[] {
  const source = program.getSourceFile(path);
  if (!source) return [`${path} is not checked`];
  return [
    ...program.getSyntacticDiagnostics(source),
    ...program.getSemanticDiagnostics(source),
  ].map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

const errors = Object.fromEntries(
  snippets.map((block) => [pathOf(block), errorsIn(pathOf(block))]),
);
process.stdout.write(JSON.stringify(errors));
