import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { createProgram } from '../../cli/program.ts';

const PATH = fileURLToPath(new URL('../../../docs/cli.md', import.meta.url));
const INTRODUCTION = fileURLToPath(new URL('../../cli/introduction.md', import.meta.url));
const WIDTH = 100;

/**
 * Writes docs/cli.md: the introduction, then the help of every command as it is shown at the
 * terminal. With --check: says whether the file is what it should be.
 */
function main(): void {
  const text = `${readFileSync(INTRODUCTION, 'utf8')}\n${sections(createProgram(), 2).join('\n')}`;
  if (!process.argv.includes('--check')) {
    writeFileSync(PATH, text);
  } else if (readFileSync(PATH, 'utf8') !== text) {
    process.stderr.write('docs/cli.md does not show the commands as they are: npm run cli-docs\n');
    process.exitCode = 1;
  }
}

function sections(parent: Command, level: number): string[] {
  return shownCommands(parent).flatMap((command) => [
    `${'#'.repeat(level)} ${pathOf(command)}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`,
    ...sections(command, level + 1),
  ]);
}

/** Without those that are not for people, and without `help`. */
const shownCommands = (parent: Command): Command[] =>
  parent
    .createHelp()
    .visibleCommands(parent)
    .filter((command) => parent.commands.includes(command));

const pathOf = (command: Command): string =>
  command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();

/** Without the options that all commands share: the introduction has them. */
function helpOf(command: Command): string {
  let help = '';
  command
    .configureHelp({ showGlobalOptions: false, helpWidth: WIDTH })
    .configureOutput({
      writeOut: (text) => {
        help += text;
      },
    })
    .outputHelp();
  return help.trim();
}

main();
