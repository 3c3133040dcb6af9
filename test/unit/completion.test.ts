import { expect, test } from 'vitest';
import { complete } from '../../functions/cli/commands/completion.ts';
import { createProgram } from '../../functions/cli/program.ts';

const WORDS: Record<string, string[]> = { queue: ['main', 'slow'], weights: ['main=', 'slow='] };

/** Returns the completions of the last word. */
const completed = (...words: string[]) =>
  complete(createProgram(), words, async (name) => WORDS[name] ?? []);

test.each([
  ['a command', ['ta'], ['tasks']],
  ['a command of a group', ['tasks', 'w'], ['watch']],
  ['an option of the command', ['tasks', 'list', '--li'], ['--limit']],
  ['an option that all commands have', ['tasks', 'list', '--js'], ['--json']],
  ['the choices of an option', ['tasks', 'list', '--order', ''], ['newest', 'oldest']],
  ['a queue after the option', ['pause', '--queue', 's'], ['slow']],
  ['a queue behind an equals sign', ['pause', '--queue=s'], ['--queue=slow']],
  [
    'a queue where the shell makes a word of the equals sign',
    ['pause', '--queue', '=', 's'],
    ['slow'],
  ],
  ['a queue right after that', ['pause', '--queue', '='], ['main', 'slow']],
  ['the choices of an argument', ['completion', 'b'], ['bash']],
  ['one argument of many', ['weights', 'set', 'main=5', 's'], ['slow=']],
  ['a command behind the value of an option', ['--config', 'tasks', 'sta'], ['stats']],
  ['nothing where it may be a file', ['--config', ''], []],
  ['nothing that nobody should type', ['__'], []],
])('completes %s', async (_case, words, expected) => {
  expect(await completed(...words)).toEqual(expected);
});
