import type { Argument, Command, Option } from 'commander';

/** Words that an option or an argument takes, by its name: `queue`, `name`, … */
export type KnownWords = (name: string) => Promise<readonly string[]>;

/**
 * Completes the last word from the tree of commands. An empty result allows any word, for example a
 * file. @param words after the name of the program; the last one may be empty
 */
export async function complete(
  program: Command,
  words: readonly string[],
  known: KnownWords,
): Promise<string[]> {
  // Bash makes a word of the equals sign, too.
  const typed = words.filter((word) => word !== '=');
  const current = words.at(-1) === '=' ? '' : (typed.at(-1) ?? '');
  const before = words.at(-1) === '=' ? typed : typed.slice(0, -1);
  const { command, pending } = walk(program, before);
  const [flag, value] = splitOption(current);
  const inline = flag === undefined ? undefined : optionOf(command, flag);
  if (inline && flag !== undefined) {
    const values = await wordsOf(inline, inline.attributeName(), known);
    return startingWith(value, values).map((word) => `${flag}=${word}`);
  }
  if (pending) return startingWith(current, await wordsOf(pending, pending.attributeName(), known));
  if (current.startsWith('-')) return startingWith(current, flagsOf(command));
  return startingWith(current, await operandsOf(command, known));
}

/** The command that is meant, and the option that waits for its value. */
function walk(
  program: Command,
  words: readonly string[],
): { readonly command: Command; readonly pending: Option | undefined } {
  let command = program;
  let pending: Option | undefined;
  for (const word of words) {
    if (pending) {
      pending = undefined;
    } else if (word.startsWith('-')) {
      const option = optionOf(command, word);
      pending = option?.required ? option : undefined;
    } else {
      command = commandsOf(command).find((child) => child.name() === word) ?? command;
    }
  }
  return { command, pending };
}

const splitOption = (word: string): readonly [flag: string | undefined, value: string] => {
  const equals = word.startsWith('--') ? word.indexOf('=') : -1;
  return equals < 0 ? [undefined, ''] : [word.slice(0, equals), word.slice(equals + 1)];
};

const optionOf = (command: Command, flag: string): Option | undefined =>
  optionsOf(command).find(({ short, long }) => flag === short || flag === long);

/** Its own, and those that all commands have. */
const optionsOf = (command: Command): readonly Option[] =>
  command.parent ? [...command.options, ...optionsOf(command.parent)] : command.options;

const flagsOf = (command: Command): string[] => [
  ...optionsOf(command).flatMap(({ long, hidden }) => (long && !hidden ? [long] : [])),
  '--help',
];

async function operandsOf(command: Command, known: KnownWords): Promise<string[]> {
  const children = commandsOf(command).map((child) => child.name());
  const ofArguments = command.registeredArguments.map((argument) =>
    wordsOf(argument, argument.name(), known),
  );
  return [...children, ...(await Promise.all(ofArguments)).flat()];
}

/** Those that are in the help: not this one. */
const commandsOf = (command: Command): readonly Command[] =>
  command.createHelp().visibleCommands(command);

const wordsOf = async (
  { argChoices }: Pick<Option | Argument, 'argChoices'>,
  name: string,
  known: KnownWords,
): Promise<readonly string[]> => argChoices ?? (await known(name));

const startingWith = (prefix: string, words: readonly string[]): string[] =>
  words.filter((word) => word.startsWith(prefix));
