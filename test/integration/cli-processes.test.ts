import { expect, test } from 'vitest';
import { aSuiteCli } from '../support/a-suite-cli.ts';
import { allCommands, isGroup, pathOf } from '../support/command-tree.ts';

const cli = aSuiteCli();

/** A cheap form of every command. Repeated, each has the same result. */
const LINES = [
  'associate export-results --remove',
  'check --json',
  'completion bash',
  '__complete -- tasks li',
  'config',
  'cost count --hours 1',
  'cost plan --tasks-per-month 10 --prices missing.json',
  'cost prices',
  'dlq list',
  'dlq show nonsense',
  'dlq redrive nonsense',
  'dlq purge nonsense',
  'enqueue compute-statistics -p values=1 --dry-run',
  'import-config - --dry-run',
  'init',
  'log --stats',
  'pause --queue nowhere',
  'queues',
  'rerun nonsense',
  'resume',
  'run compute-statistics -p rows=1',
  'simulate --arrivals tasks.jsonl --workers 0',
  'stats --json',
  'stats repair --help',
  'stuck summary',
  'stuck restart --whitelist compute-statistics',
  'tasks list',
  'tasks get nonsense',
  'tasks watch nonsense',
  'tasks file nonsense',
  'tasks archive nonsense',
  'tasks cancel nonsense',
  'tasks retry nonsense',
  'weights',
  'weights set nowhere=5',
  'weights reset',
  'worker --queue nowhere',
  'worker pool --queue nowhere',
] as const;

test.each(LINES)('as a process and within one, it does the same: task-queue %s', async (line) => {
  const words = line.split(' ');
  const input = '{"queues":[]}';

  const process = await cli().run(words, { input, isProcess: true });

  expect(process).toEqual(await cli().run(words, { input }));
  expect(process.output + process.errors).not.toBe('');
});

test('no command is left out', () => {
  const leaves = allCommands().filter((command) => !isGroup(command));

  const missing = leaves
    .map(pathOf)
    .filter((path) => !LINES.some((line) => `${line} `.startsWith(`${path} `)));

  expect(missing).toEqual([]);
});
