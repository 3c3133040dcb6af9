import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Where a program that we start as a process is: in the repository beside this file; in the bundle
 * of the command line beside its entry point, above the chunks.
 */
export function programPath(name: string): string {
  const candidates = [`${name}.ts`, `${name}.mjs`, `../${name}.mjs`].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  const found = candidates.find((path) => existsSync(path));
  if (found === undefined) throw new Error(`there is no program "${name}" in this installation`);
  return found;
}
