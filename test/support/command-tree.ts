import { type Command, CommanderError } from 'commander';
import { createProgram } from '../../functions/cli/program.ts';

/** The result of a command line: the path of the command whose action it reached, or the error. */
export type Parsed = { readonly reached?: string; readonly error?: CommanderError };

/** Every command that does something, by its path: "stats repair". */
export const allCommands = (parent: Command = createProgram()): Command[] =>
  parent.commands.flatMap((command) => [command, ...allCommands(command)]);

export const pathOf = (command: Command): string =>
  command.parent?.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();

/** A group of others does nothing itself. */
export const isGroup = (command: Command): boolean => command.commands.length > 0;

/** Groups that do something without a subcommand. */
const ACTING_GROUPS = ['weights', 'worker'];

export function helpOf(command: Command): string {
  let help = '';
  command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
  return help;
}

/** Parses the words as the program does, and does nothing. */
export async function parse(words: readonly string[]): Promise<Parsed> {
  const program = createProgram();
  let reached: string | undefined;
  for (const command of [program, ...allCommands(program)]) {
    command
      .exitOverride((error) => {
        throw error;
      })
      .configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
    if (isGroup(command) && !ACTING_GROUPS.includes(pathOf(command))) continue;
    command.action(() => {
      reached = pathOf(command);
    });
  }
  try {
    await program.parseAsync(words, { from: 'user' });
    return reached === undefined ? {} : { reached };
  } catch (error) {
    if (error instanceof CommanderError) return { error };
    throw error;
  }
}

/** The words that a shell hands to the first command of a line, as far as examples go. */
export function wordsOf(line: string): string[] {
  const words = line.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? [];
  const end = words.findIndex((word) => /^(\||\|\||&&|;|\d?[<>].*)$/.test(word));
  return words
    .slice(0, end === -1 ? undefined : end)
    .map((word) => word.replace(/'([^']*)'|"([^"]*)"/g, '$1$2'));
}
