import { extname, join, resolve } from 'node:path';

/** Absolute path of this repository or, compiled, of the package. Apps may start in any folder. */
export const REPOSITORY_ROOT = resolve(import.meta.dirname, '..');

/** A module of ours, by its path in the repository: compiled, where this one is. */
export const sourceFile = (path: string): string =>
  join(REPOSITORY_ROOT, path.replace(/\.ts$/, extname(import.meta.filename)));
