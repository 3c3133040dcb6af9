import { Argument, type Command } from 'commander';
import { cliOf } from '../cli.ts';
import { complete } from '../completion/complete.ts';
import { knownWords } from '../completion/known-words.ts';
import { ASKED, SCRIPTS, SHELLS } from '../completion/scripts.ts';
import { examples } from '../kit/examples.ts';

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
    .action((shell: keyof typeof SCRIPTS) => void process.stdout.write(SCRIPTS[shell]));
  program
    .command(ASKED, { hidden: true })
    .description('Print completions of the last word, for the scripts of `completion`')
    .argument('[words...]', 'The words typed so far, after --')
    .addHelpText('after', examples([`${ASKED} -- tasks li`, 'print what Tab would offer']))
    .action(async (words: string[], _options, command: Command) => {
      const known = knownWords(cliOf(command).configPath);
      process.stdout.write(
        (await complete(program, words, known)).map((word) => `${word}\n`).join(''),
      );
    });
}
