import { parseArgs } from 'node:util';

/**
 * What `--config` names, and `undefined` without it.
 * @throws one sentence for anything else on the command line
 */
export function configOption(args: readonly string[]): string | undefined {
  const options = { config: { type: 'string' }, help: { type: 'boolean' } } as const;
  return parseArgs({ args: [...args], options }).values.config;
}
