import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Programs of this folder that others start as processes. */
export type ProgramName = 'reaper' | 'task-process';

/**
 * Where a program is: here, as source or compiled, or in the bundle of the command line
 * (dev/build-cli.ts), of which this is a chunk in a folder below. @throws {Error} where it was left out
 */
export function programPath(name: ProgramName): string {
  const places = [`./${name}.ts`, `./${name}.js`, `../${name}.mjs`, `./${name}.mjs`];
  const paths = places.map((place) => fileURLToPath(new URL(place, import.meta.url)));
  const path = paths.find((one) => existsSync(one));
  if (path === undefined) throw new Error(`The program ${name} is neither source nor bundled.`);
  return path;
}
