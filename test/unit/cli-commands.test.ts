import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { allCommands, helpOf, isGroup, parse, pathOf, wordsOf } from '../support/command-tree.ts';

const commands = allCommands().map((command) => [pathOf(command), command] as const);
const leaves = commands.filter(([, command]) => !isGroup(command));

/** Options act on the environment while they are parsed: --no-color. */
beforeEach(() => {
  for (const name of ['NO_COLOR', 'FORCE_COLOR']) vi.stubEnv(name, process.env[name]);
});
afterEach(() => void vi.unstubAllEnvs());

describe.each(commands)('task-queue %s', (path, command) => {
  test('says what it is for', () => {
    expect(command.description()).not.toBe('');
  });

  test('describes each of its options and arguments', () => {
    for (const { flags, description } of command.options.filter(({ hidden }) => !hidden)) {
      expect(description, flags).toBeTruthy();
    }
    for (const argument of command.registeredArguments) {
      expect(argument.description, argument.name()).toBeTruthy();
    }
  });

  test('shows its help with --help, and ends with 0', async () => {
    const { error } = await parse([...path.split(' '), '--help']);

    expect(error).toMatchObject({ code: 'commander.helpDisplayed', exitCode: 0 });
  });
});

describe.each(leaves)('task-queue %s', (path, command) => {
  test('has examples that begin with it, and that it accepts', async () => {
    const lines = helpOf(command)
      .split('\n')
      .filter((line) => line.startsWith('  $ '));

    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      const example = line.slice(line.indexOf('task-queue '));
      expect(example, line).toMatch(/^task-queue /);
      const { reached, error } = await parse(wordsOf(example).slice(1));
      expect(error?.message, example).toBeUndefined();
      expect(reached, example).toBe(path);
    }
  });

  test('refuses an option that it does not know, with a suggestion', async () => {
    const { error } = await parse([...path.split(' '), '--jsno']);

    const isMandatory = command.options.some(({ mandatory }) => mandatory);
    if (isMandatory) return expect(error?.code).toMatch(/missing|unknown/i);
    expect(error?.code).toBe('commander.unknownOption');
    expect(error?.message).toContain('Did you mean --json?');
  });
});

test('these tests see what is wrong: an example with a misspelt option, or of no command', async () => {
  expect((await parse(wordsOf("stats repair --dry-rnu | grep 'x y'"))).error?.message).toContain(
    '--dry-run',
  );
  expect((await parse(['queeus'])).error?.code).toBe('commander.unknownCommand');
  expect(await parse(wordsOf('stats repair --dry-run > file'))).toEqual({
    reached: 'stats repair',
  });
});
