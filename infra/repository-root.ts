import { resolve } from 'node:path';

/** Absolute, so that the app and its tests may be started from any folder. */
export const REPOSITORY_ROOT = resolve(import.meta.dirname, '..');
