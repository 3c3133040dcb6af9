import { extname, join, resolve } from 'node:path';

/** Of this repository or, compiled, of the package. Absolute, so that apps may be started anywhere. */
export const REPOSITORY_ROOT = resolve(import.meta.dirname, '..');

/** A module of ours, by its path in the repository: compiled, where this one is. */
export const sourceFile = (path: string): string =>
  join(REPOSITORY_ROOT, path.replace(/\.ts$/, extname(import.meta.filename)));
