import { type Command, Option } from 'commander';
import { taoStrategy } from '../../../../shared/tao/names.ts';
import { wholeNumber } from '../../kit/options/parse-option.ts';
import { addImportConfigCommand } from './import-config.ts';
import { addLogCommand } from './log.ts';

/** Commands and spellings for users of TAO's Task Queue. Add them after all other commands. */
export const TAO_COMMANDS = [addImportConfigCommand, addLogCommand, addTaoSpellings];

const percent = wholeNumber(1, 100);

/** Lets options of other commands be spelled as in TAO. The help does not show it. */
function addTaoSpellings(program: Command): void {
  commandOf(program, 'worker', 'pool')
    ?.addOption(new Option('--limitOfCpu <percent>').argParser(percent).hideHelp())
    .addOption(new Option('--limitOfMemory <percent>').argParser(percent).hideHelp());
  commandOf(program, 'init')
    ?.options.find(({ long }) => long === '--strategy')
    ?.argParser((name: string) => taoStrategy(name) ?? name);
}

function commandOf(parent: Command, ...[name, ...names]: string[]): Command | undefined {
  const command = parent.commands.find((child) => child.name() === name);
  return command && names.length > 0 ? commandOf(command, ...names) : command;
}
