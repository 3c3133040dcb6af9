import { readFileSync } from 'node:fs';
import { Argument, type Command, type Option } from 'commander';
import { STATUS_CATEGORIES, TASK_STATUSES } from '../../../shared/task-log/status.ts';
import { type Cli, cliOf, examples } from '../cli.ts';

/** `task-queue completion`, and the hidden command that its scripts call. */
export function addCompletionCommand(program: Command): void {
  program
    .command('completion')
    .description('Print a completion script for a shell: commands, options, queues and tasks')
    .addArgument(new Argument('<shell>', 'Name of the shell').choices(SHELLS))
    .addHelpText(
      'after',
      `
\`task-queue\` must be on the PATH, for example after \`npm link\`. Completion does not work with npx.
${examples(
  ['completion bash >> ~/.bashrc', 'bash: from the next shell on'],
  ['completion zsh >> ~/.zshrc', 'zsh: after `autoload -U compinit; compinit`'],
  ['completion fish > ~/.config/fish/completions/task-queue.fish', 'fish'],
)}`,
    )
    .action((shell: keyof typeof SCRIPTS, _options, command: Command) => {
      cliOf(command).host.stdout.write(SCRIPTS[shell]);
    });
  program
    .command(ASKED, { hidden: true })
    .description('Print completions of the last word, for the scripts of `completion`')
    .argument('[words...]', 'The words typed so far, after --')
    .addHelpText('after', examples([`${ASKED} -- tasks li`, 'print what Tab would offer']))
    .action(async (words: string[], _options, command: Command) => {
      const { configPath, host, ownStrategies } = cliOf(command);
      const known = knownWords(host.pathOf(configPath), ownStrategies);
      host.stdout.write(
        (await complete(program, words, known)).map((word) => `${word}\n`).join(''),
      );
    });
}

/** Words for options and arguments of these names. A Tab must not wait for a network. */
const knownWords =
  (configPath: string, ownStrategies: Cli['ownStrategies']): KnownWords =>
  async (name) => {
    switch (name) {
      case 'queue':
      case 'queues':
        return queuesIn(configPath);
      case 'weights':
        return queuesIn(configPath).map((queue) => `${queue}=`);
      case 'name':
      case 'task':
      case 'whitelist':
        return (await import('#tasks/contracts')).contracts.map((one) => one.name);
      case 'strategy':
        return [
          ...(await import('../../../shared/config/schema.ts')).BUILT_IN_STRATEGIES,
          ...(await ownStrategies()),
        ];
      case 'status':
      case 'statuses':
        return TASK_STATUSES;
      case 'category':
        return STATUS_CATEGORIES;
      default:
        return [];
    }
  };

/** Without checking it, which would take longer than all the rest. */
function queuesIn(configPath: string): string[] {
  try {
    const { queues } = JSON.parse(readFileSync(configPath, 'utf8')) as {
      queues: readonly { readonly name: string }[];
    };
    return queues.map(({ name }) => name);
  } catch {
    return [];
  }
}

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

/** The command that scripts call for completions, so that they always know every command. */
const ASKED = '__complete';

/** For each shell: offers what the program answers, and files where it has no answer. */
const SCRIPTS: Record<Shell, string> = {
  bash: `_task_queue() {
  local IFS=$'\\n'
  COMPREPLY=($("\${COMP_WORDS[0]}" ${ASKED} -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  [[ \${COMPREPLY[0]} == *= ]] && compopt -o nospace
}
complete -o default -F _task_queue task-queue
`,
  zsh: `#compdef task-queue
_task_queue() {
  local answer
  answer=$("\${words[1]}" ${ASKED} -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if [[ -n $answer ]]; then compadd -- "\${(@f)answer}"; else _files; fi
}
compdef _task_queue task-queue
`,
  fish: `function __task_queue_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  set -l answer ($words[1] ${ASKED} -- $words[2..-1] "$current" 2>/dev/null)
  if set -q answer[1]
    string join \\n -- $answer
  else
    __fish_complete_path "$current"
  end
end
complete -c task-queue -f -a '(__task_queue_complete)'
`,
};

/** Words that an option or an argument takes, by its name: `queue`, `name`, … */
type KnownWords = (name: string) => Promise<readonly string[]>;

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
