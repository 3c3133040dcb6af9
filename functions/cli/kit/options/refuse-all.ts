import { usageError } from '../cli-error.ts';

/** @throws {CliError} with everything that is wrong with the command line, if anything is */
export function refuseAll(problems: readonly (string | false | undefined)[]): void {
  const found = problems.filter((problem) => typeof problem === 'string');
  if (found.length > 0) throw usageError([...found, 'Try --help.'].join('\n'));
}
