import { Argument, type Command } from 'commander';
import { cliOf } from '../cli.ts';
import { complete } from '../completion/complete.ts';
import { knownWords } from '../completion/known-words.ts';
import { ASKED, SCRIPTS, SHELLS } from '../completion/scripts.ts';
import { examples } from '../kit/examples.ts';

/** `task-queue completion`, and what its scripts call. */
export function addCompletionCommand(program: Command): void {
  program
    .command('completion')
    .description('prints the script by which a shell completes commands, options, queues and tasks')
    .addArgument(new Argument('<shell>', 'which one').choices(SHELLS))
    .addHelpText(
      'after',
      `
\`task-queue\` must be on the PATH, as after \`npm link\`: npx does not complete.
${examples(
  ['completion bash >> ~/.bashrc', 'bash, from the next shell on'],
  ['completion zsh >> ~/.zshrc', 'zsh, below `autoload -U compinit; compinit`'],
  ['completion fish > ~/.config/fish/completions/task-queue.fish', 'fish'],
)}`,
    )
    .action((shell: keyof typeof SCRIPTS) => void process.stdout.write(SCRIPTS[shell]));
  program
    .command(ASKED, { hidden: true })
    .description('what the last word could become; for the scripts of `completion`')
    .argument('[words...]', 'as far as they are typed, behind --')
    .addHelpText('after', examples([`${ASKED} -- tasks li`, 'says what Tab would offer']))
    .action(async (words: string[], _options, command: Command) => {
      const known = knownWords(cliOf(command).configPath);
      process.stdout.write(
        (await complete(program, words, known)).map((word) => `${word}\n`).join(''),
      );
    });
}
