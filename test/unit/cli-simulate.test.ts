import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCommandLine } from '../../functions/cli/program.ts';
import { aHost } from '../support/cli-host.ts';

const sqs = (name: string, weight: number) => ({ name, weight, broker: { type: 'sqs' } });

const CONFIG = { queues: [sqs('priority', 90), sqs('background', 10)] };

/** Runs `task-queue simulate` in a directory with these files. */
async function simulate(files: Readonly<Record<string, string>>, ...args: string[]) {
  const directory = await mkdtemp(join(tmpdir(), 'task-queue-simulate-'));
  const all = { 'task-queue.config.json': JSON.stringify(CONFIG), ...files };
  for (const [name, text] of Object.entries(all)) await writeFile(join(directory, name), text);
  const { host, written } = aHost({ env: {}, directory });
  const code = await runCommandLine(['--no-color', 'simulate', ...args], host);
  return { code, ...written() };
}

/** A minute in which an urgent task arrives every five seconds among long ones. */
const ARRIVALS = [
  ...Array.from({ length: 40 }, () => ({ at: 0, queue: 'background', runSeconds: 30 })),
  ...Array.from({ length: 12 }, (_, index) => ({
    at: 5 * index,
    queue: 'priority',
    runSeconds: 0.1,
  })),
]
  .map((task) => JSON.stringify(task))
  .join('\n');

test('prints how long the tasks of each queue waited', async () => {
  const { code, output, errors } = await simulate(
    { 'today.jsonl': ARRIVALS },
    '--arrivals',
    'today.jsonl',
  );

  expect({ code, errors }).toEqual({ code: 0, errors: '' });
  expect(output).toMatch(/^task-queue\.config\.json: all tasks took 2 min/);
  expect(output).toMatch(/^priority +12 /m);
  expect(output).toMatch(/^background +40 /m);
});

test('compares configurations over the same tasks', async () => {
  const withoutLanes = JSON.stringify({ ...CONFIG, worker: { lanes: false } });
  const { output } = await simulate(
    { 'today.jsonl': ARRIVALS, 'other.json': withoutLanes },
    ...['--arrivals', 'today.jsonl', '--compare', 'other.json', '--json'],
  );

  const { simulations } = JSON.parse(output);
  const longest = simulations.map(
    ({ queues }: { queues: { waits: { max: number } }[] }) => queues[0]?.waits.max,
  );
  expect(simulations.map(({ config }: { config: string }) => config)).toEqual([
    'task-queue.config.json',
    'other.json',
  ]);
  // Lanes keep a slot for the heaviest queue.
  expect(longest[0]).toBeLessThan(1);
  expect(longest[1]).toBeGreaterThan(10);
});

test('compares a strategy of the project, and says when one fails', async () => {
  const config = (strategy: string) => JSON.stringify({ ...CONFIG, strategy });
  const files = { 'today.jsonl': ARRIVALS, 'own.json': config('lightest-first') };
  const compare = (name: string) =>
    simulate(
      { ...files, 'bad.json': config('throwing'), 'unknown.json': config('lightest') },
      ...[...['--arrivals', 'today.jsonl', '--compare', name]],
    );

  const own = await compare('own.json');
  const failing = await compare('bad.json');
  const unknown = await compare('unknown.json');

  expect(own).toMatchObject({ code: 0, errors: '' });
  expect(own.output).toContain('own.json: all tasks took');
  expect(failing.code).toBe(0);
  expect(failing.errors.trim().split('\n')).toEqual([
    'the strategy failed; "weighted" decides whenever it does, strategy throwing, no queue is good enough',
  ]);
  expect(unknown.code).not.toBe(0);
  expect(unknown.errors).toContain('"lightest" is unknown; expected one of "weighted"');
});

test('gives the same result again', async () => {
  const args = ['--arrivals', 'today.jsonl', '--workers', '3', '--json'];
  const once = await simulate({ 'today.jsonl': ARRIVALS }, ...args);
  const again = await simulate({ 'today.jsonl': ARRIVALS }, ...args);
  const otherSeed = await simulate({ 'today.jsonl': ARRIVALS }, ...args, '--seed', '2');

  expect(again.output).toBe(once.output);
  expect(otherSeed.output).not.toBe(once.output);
});

test('refuses arrivals with all problems and their lines', async () => {
  const { code, errors } = await simulate(
    { 'bad.jsonl': '{"at": 1, "queue": "urgent", "runSeconds": 1}\n?' },
    '--arrivals',
    'bad.jsonl',
  );

  expect(code).toBe(1);
  expect(errors).toBe(`bad.jsonl is invalid:
  - line 1.queue: "urgent" is not a queue that workers serve; they serve: priority, background
  - line 2: is not JSON: Unexpected token '?', "?" is not valid JSON
`);
});

test('names a file that cannot be read', async () => {
  const { code, errors } = await simulate({}, '--arrivals', 'missing.jsonl');

  expect(code).toBe(1);
  expect(errors).toContain('missing.jsonl cannot be read.');
});
