import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * Shows that nothing depends on TAO: copies the repository, deletes shared/tao and its mentions, then
 * checks types and runs unit tests in the copy.
 *
 * A mention is a line that ends with the marker, or one of the folders and files below.
 */
const MARKER = /^.* \/\/ TAO\n/gm;

/** Folders and files that exist only for people who come from TAO. */
const ONLY_TAO = [
  'shared/tao/',
  'functions/cli/commands/tao/',
  'test/integration/cli-import-config.test.ts',
  'test/unit/api-tao.test.ts',
  'test/unit/import-config.test.ts',
];

/** Unit tests of the pages and of the repository itself, which name what was deleted. */
const ABOUT_THE_REPOSITORY = 'test/unit/{docs-links,house,repository}.test.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Source files that may mention TAO: the routes, their handlers, their documentation, the CLI. */
const MOST_MENTIONS = 4;

function main(): void {
  const copy = mkdtempSync(join(tmpdir(), 'without-tao-'));
  try {
    const paths = repositoryFiles().filter((path) => !isOnlyTao(path));
    const mentions = paths.filter((path) => copyWithoutMentions(path, copy));
    const inSource = mentions.filter((path) => !path.startsWith('test/'));
    process.stdout.write(`${inSource.length} files mention TAO:\n  ${inSource.join('\n  ')}\n`);
    if (inSource.length > MOST_MENTIONS) throw new Error(`at most ${MOST_MENTIONS} may`);
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    run(copy, 'tsc');
    run(copy, 'vitest', 'run', '--project', 'unit', '--exclude', ABOUT_THE_REPOSITORY);
  } finally {
    rmSync(copy, { recursive: true });
  }
}

/** Tracked files and new ones. */
function repositoryFiles(): string[] {
  const listing = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
  const deleted = new Set(git('ls-files', '-z', '--deleted'));
  return git(...listing).filter((path) => !deleted.has(path));
}

function git(...args: string[]): string[] {
  const { status, stdout, stderr } = spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout.split('\0').filter((path) => path !== '');
}

const isOnlyTao = (path: string): boolean => ONLY_TAO.some((part) => path.startsWith(part));

/** @returns whether the file has a mention */
function copyWithoutMentions(path: string, folder: string): boolean {
  const [from, to] = [join(ROOT, path), join(folder, path)];
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to);
  if (!path.endsWith('.ts')) return false;
  const source = readFileSync(from, 'utf8');
  const rest = source.replaceAll(MARKER, '');
  if (rest === source) return false;
  writeFileSync(to, rest);
  return true;
}

function run(cwd: string, program: string, ...args: string[]): void {
  process.stdout.write(`${program} ${args.join(' ')}\n`);
  const { status } = spawnSync(join(cwd, 'node_modules/.bin', program), args, {
    cwd,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env['PATH']}` },
  });
  if (status !== 0) throw new Error(`${program} fails without TAO`);
}

main();
