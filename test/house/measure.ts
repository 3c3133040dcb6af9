import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

const SOURCES = '{exports,functions,infra,shared}/**/*.ts';
/** Users add and delete tasks there. */
const USERS_TASKS = 'functions/tasks/**';

const IMPORT = /(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g;

const EXPORT =
  /^export\s+(?:async\s+)?(?:abstract\s+)?(?:function\*?|const|let|class|type|interface)\s+(\w+)/gm;

/** `...(x && { x })` and `...(x === undefined ? {} : { x })`. */
const CONDITIONAL_SPREAD = /\.\.\.\((?:[^()]|\([^()]*\))*?(?:&&\s*\{|\?\s*\{\}|:\s*\{\})/g;

/** A file named after a technology, which belongs in the folder of that technology. */
const ADAPTER = /^shared\/.*\/(sqs|dynamodb|postgres)-[^/]+$/;

/** Names that several files must export, each with its reason. */
const SHARED_NAMES: Readonly<Record<string, string>> = {
  handler: 'Lambda calls the export of this name in every function',
  contracts: '`#tasks/contracts` of package.json selects one of the two files',
  handlers: '`#tasks/handlers` of package.json selects one of the two files',
  openSql: '`#sql` of package.json selects one of the two files',
};

type Source = {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly text: string;
  readonly lines: number;
  /** Paths of the source files that it imports. */
  readonly imports: readonly string[];
};

/** One measurement of the structure of the source code. */
export type Measure = {
  readonly name: string;
  /** The largest number that is accepted. */
  readonly limit: number;
  /** Every finding, so that a failing test names them. */
  readonly found: readonly string[];
};

/** Measures the source code in `exports`, `functions`, `infra` and `shared`. */
export function measureHouse(): readonly Measure[] {
  const sources = readSources();
  return [
    { name: 'files over 250 lines', limit: 0, found: longFiles(sources) },
    { name: 'files under 25 lines', limit: 23, found: smallFiles(sources) },
    { name: 'files with exactly one importer', limit: 80, found: singleUse(sources) },
    { name: 'loose files in functions/', limit: 2, found: looseFiles(sources) },
    { name: 'files in the largest folder', limit: 20, found: largestFolder(sources) },
    { name: 'names exported twice', limit: 0, found: repeatedNames(sources) },
    {
      name: 'pairs of shared folders that import each other',
      limit: 0,
      found: mutualFolders(sources),
    },
    { name: 'conditional spreads', limit: 3, found: conditionalSpreads(sources) },
    { name: 'adapters outside their folder', limit: 0, found: strayAdapters(sources) },
  ];
}

function readSources(): readonly Source[] {
  const paths = globSync(SOURCES, { cwd: ROOT, exclude: [USERS_TASKS] }).sort();
  return paths.map((path) => {
    const text = readFileSync(join(ROOT, path), 'utf8');
    const lines = text.trimEnd().split('\n').length;
    const targets = matches(text, IMPORT).map((name) => join(dirname(path), name));
    return { path, text, lines, imports: [...new Set(targets)] };
  });
}

const matches = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([whole, group]) => group ?? whole);

const withLines = ({ path, lines }: Source): string => `${path} (${lines} lines)`;

const longFiles = (sources: readonly Source[]): string[] =>
  sources.filter(({ lines }) => lines > 250).map(withLines);

const smallFiles = (sources: readonly Source[]): string[] =>
  sources.filter(({ lines }) => lines < 25).map(withLines);

/** Entry points have no importer and are not counted. */
function singleUse(sources: readonly Source[]): string[] {
  const importers = Map.groupBy(
    sources.flatMap(({ path, imports }) => imports.map((target) => ({ path, target }))),
    ({ target }) => target,
  );
  return sources.flatMap(({ path }) => {
    const [first, ...others] = importers.get(path) ?? [];
    return first === undefined || others.length > 0 ? [] : [`${path} (by ${first.path})`];
  });
}

const looseFiles = (sources: readonly Source[]): string[] =>
  sources.map(({ path }) => path).filter((path) => dirname(path) === 'functions');

function largestFolder(sources: readonly Source[]): string[] {
  const paths = sources.map(({ path }) => path);
  const folders = [...Map.groupBy(paths, dirname).values()];
  return folders.sort((one, other) => other.length - one.length)[0] ?? [];
}

function repeatedNames(sources: readonly Source[]): string[] {
  const exported = sources.flatMap(({ path, text }) =>
    [...new Set(matches(text, EXPORT))].map((name) => ({ name, path })),
  );
  return [...Map.groupBy(exported, ({ name }) => name)]
    .filter(([name, places]) => places.length > 1 && !Object.hasOwn(SHARED_NAMES, name))
    .map(([name, places]) => `${name} (${places.map(({ path }) => path).join(', ')})`);
}

function mutualFolders(sources: readonly Source[]): string[] {
  const edges = new Set(sources.flatMap(edgesOf));
  return [...edges].filter((edge) => {
    const [from = '', to = ''] = edge.split(' ');
    return from < to && edges.has(`${to} ${from}`);
  });
}

/** Imports between two folders of `shared`, as `from to`. */
function edgesOf({ path, imports }: Source): string[] {
  const from = sharedFolder(path);
  if (from === undefined) return [];
  return imports.flatMap((target) => {
    const to = sharedFolder(target);
    return to === undefined || to === from ? [] : [`${from} ${to}`];
  });
}

const sharedFolder = (path: string): string | undefined => /^shared\/[^/]+\//.exec(path)?.[0];

const conditionalSpreads = (sources: readonly Source[]): string[] =>
  sources.flatMap(({ path, text }) =>
    matches(text, CONDITIONAL_SPREAD).map((spread) => `${path}: ${spread}`),
  );

const strayAdapters = (sources: readonly Source[]): string[] =>
  sources
    .map(({ path }) => path)
    .filter((path) => {
      const technology = ADAPTER.exec(path)?.[1];
      return technology !== undefined && !path.startsWith(`shared/${technology}/`);
    });

/** Prints the table; with `--all` every finding, too. */
function print(all: boolean): void {
  for (const { name, limit, found } of measureHouse()) {
    process.stdout.write(`${name.padEnd(48)}${`${found.length}`.padStart(4)}  limit ${limit}\n`);
    if (all) process.stdout.write(found.map((finding) => `  ${finding}\n`).join(''));
  }
}

if (import.meta.main) print(process.argv.includes('--all'));
