import { describe, expect, test } from 'vitest';
import { runCli } from '../support/cli.ts';

// In a script, `--queue "$QUEUE"` with a variable that is not set must not mean every queue.

describe('an option that narrows down', () => {
  test.each([
    'pause --queue=',
    'resume --queue=,',
    'tasks cancel --all --yes --label=',
    'tasks archive --all --yes --owner=',
    'tasks list --name=',
    'stats --owner=',
    'cost --queue=',
  ])('is refused when it is empty: %s', async (line) => {
    const { code, output, errors } = await runCli(line.split(' '));

    expect({ code, output }).toEqual({ code: 2, output: '' });
    expect(errors).toContain('It must not be empty.');
  });
});
