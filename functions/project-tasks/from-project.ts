import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { ConfigInvalidError } from '../../shared/errors.ts';

/** The folder of a project's tasks, from where the command line is called. */
const VARIABLE = 'TASK_QUEUE_TASKS';
const EXTENSIONS = ['ts', 'mts', 'js', 'mjs'];

/**
 * Returns an array that a module of the project exports, e.g. `contracts` of contracts.ts. Empty
 * without the variable. Synchronous, so that it can be part of a CommonJS bundle.
 * @throws {ConfigInvalidError} when there is no such export, or no such module and it is not optional
 */
export function fromProject<Item>(
  name: string,
  env: NodeJS.ProcessEnv,
  { isOptional = false } = {},
): readonly Item[] {
  const folder = env[VARIABLE];
  if (folder === undefined) return [];
  const path = EXTENSIONS.map((extension) => resolve(join(folder, `${name}.${extension}`))).find(
    (candidate) => existsSync(candidate),
  );
  if (path === undefined && isOptional) return [];
  if (path === undefined) fail(`there is no ${name}.ts in ${resolve(folder)}`);
  const exported: unknown = createRequire(path)(path)[name];
  if (!Array.isArray(exported)) fail(`${path} exports no array "${name}"`);
  return exported;
}

function fail(message: string): never {
  throw new ConfigInvalidError(VARIABLE, [{ path: '', message }]);
}
