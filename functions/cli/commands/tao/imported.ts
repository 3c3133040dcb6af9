import { contracts } from '#tasks/contracts';
import { parseConfig } from '../../../../shared/config/config.ts';
import { ConfigInvalidError, type FieldProblem } from '../../../../shared/errors.ts';
import { type ImportedConfig, importConfig } from '../../../../shared/tao/import-config.ts';

/**
 * The settings of the original as ours.
 * @throws {ConfigInvalidError} naming everything that keeps them from being used
 */
export function imported(
  raw: unknown,
  file: string,
  renamed: ReadonlyMap<string, string>,
): Pick<ImportedConfig, 'settings' | 'remarks'> {
  const known = new Map(contracts.map(({ name, category }) => [name as string, category]));
  const { settings, problems, remarks } = importConfig(raw, { known, renamed });
  const all = [...problems, ...problemsOf(settings).filter((each) => !isToldBy(problems, each))];
  if (all.length > 0) throw new ConfigInvalidError(file === '-' ? 'to import' : file, all);
  return { settings, remarks };
}

function problemsOf(settings: object): readonly FieldProblem[] {
  try {
    parseConfig(settings, '');
    return [];
  } catch (error) {
    if (error instanceof ConfigInvalidError) return error.problems;
    throw error;
  }
}

/** The schema stumbles over what could not be read as well. */
const isToldBy = (told: readonly FieldProblem[], { path }: FieldProblem): boolean =>
  told.some((problem) => {
    const place = problem.path.replace(/^.*?(?=queues)/, '');
    return path === place || path.startsWith(`${place}.`) || path.startsWith(`${place}[`);
  });
