import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { createProgram } from '../../cli/program.ts';
import { writeGenerated } from '../script.ts';

const INTRODUCTION = fileURLToPath(new URL('../../cli/introduction.md', import.meta.url));
const WIDTH = 100;

/** Writes docs/cli.md: the introduction, then the help of every command as a terminal shows it. */
function main(): void {
  const text = `${readFileSync(INTRODUCTION, 'utf8')}\n${sections(createProgram(), 2).join('\n')}`;
  writeGenerated('docs/cli.md', text, 'npm run cli-docs');
}

function sections(parent: Command, level: number): string[] {
  return shownCommands(parent).flatMap((command) => [
    `${'#'.repeat(level)} ${pathOf(command)}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`,
    ...sections(command, level + 1),
  ]);
}

/** The commands for people, without `help`. */
const shownCommands = (parent: Command): Command[] =>
  parent
    .createHelp()
    .visibleCommands(parent)
    .filter((command) => parent.commands.includes(command));

const pathOf = (command: Command): string =>
  command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();

/** The help of a command without the options that all commands share: the introduction has them. */
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
