import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { decodeTask } from '../../shared/task/message.ts';
import type { Task } from '../../shared/task/task.ts';
import { aCli, type CliRun } from '../support/cli.ts';
import { scaled } from '../support/scale.ts';

const lineOf = (value: number): string =>
  `${JSON.stringify({ name: 'compute-statistics', parameters: { values: [value] } })}\n`;

const LONG = 120_000;

type CliUnderTest = Awaited<ReturnType<typeof aCli>>;

async function aFile(text: string): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'task-queue-bulk-')), 'tasks.jsonl');
  await writeFile(path, text);
  return path;
}

/** Every task that waits, as often as it has a message. */
async function waitingTasks({ wiring }: CliUnderTest): Promise<Task[]> {
  const broker = wiring.brokers.get('main');
  const options = { max: 10, waitSeconds: 0, leaseSeconds: 600 };
  const tasks: Task[] = [];
  for (;;) {
    const polls = Array.from({ length: 4 }, () => broker?.receive(options));
    const deliveries = (await Promise.all(polls)).flatMap((taken) => taken ?? []);
    if (deliveries.length === 0) return tasks;
    tasks.push(...deliveries.map(({ body }) => decodeTask(body)));
  }
}

const numberIn = ({ parameters }: Task): number =>
  (parameters as { values: number[] }).values[0] ?? Number.NaN;

describe('enqueue --bulk', () => {
  test('enqueues every line, tells what it refused and where, keeps that, and exits with 1', async () => {
    const cli = await aCli();
    const file = await aFile(
      `${lineOf(1)}{"name":"compute-statistic","parameters":{}}\n\nnonsense\n${lineOf(2)}` +
        '{"name":"compute-statistics","parameters":{"values":["x"]},"label":7}\n',
    );
    const errorFile = `${file}.errors`;

    const { code, output, errors } = await cli.run([
      ...['enqueue', '--bulk', file],
      ...['--errors', errorFile],
    ]);

    expect(code).toBe(1);
    expect(output).toContain('6 lines: 2 tasks enqueued, 3 refused.');
    expect(errors).toContain('line 2: No task is named "compute-statistic".');
    expect(errors).toContain('line 4: The line is not JSON');
    expect(errors).toMatch(/line 6: .*label: .*parameters\.values\[0\]: /);
    const kept = (await readFile(errorFile, 'utf8')).trim().split('\n');
    expect(kept.map((line) => JSON.parse(line))).toMatchObject([
      { line: 2 },
      { line: 4, text: 'nonsense' },
      { line: 6 },
    ]);
    expect((await waitingTasks(cli)).map(numberIn).toSorted()).toEqual([1, 2]);
    expect((await cli.wiring.log.list({ limit: 10 })).tasks).toHaveLength(2);

    // Told as often as it is asked for: the lines are still not enqueued.
    const again = await cli.run(['enqueue', '--bulk', file, '--errors', errorFile, '--json']);
    expect(again.code).toBe(1);
    expect(again.errors).toBe(errors);
    expect(JSON.parse(again.output)).toMatchObject({ lines: 6, enqueued: 2, refused: 3 });
    expect((await readFile(errorFile, 'utf8')).trim().split('\n')).toHaveLength(3);
    expect(await waitingTasks(cli)).toEqual([]);
  });

  test('reads parameters of one task from standard input, and with --dry-run enqueues nothing', async () => {
    const cli = await aCli();
    const input = '{"values":[1]}\n{"values":[2]}\n';
    const args = ['enqueue', 'compute-statistics', '--bulk', '-', '--owner', 'ann'];

    const dry = await cli.run([...args, '--dry-run'], { input: `${input}{"values":[]}\n` });
    const real = await cli.run(args, { input });

    expect(dry).toMatchObject({ code: 1 });
    expect(dry.output).toContain('3 lines: 2 could be enqueued, 1 would be refused.');
    expect(dry.errors).toContain('line 3: ');
    expect(real).toMatchObject({ code: 0, errors: '' });
    const tasks = await waitingTasks(cli);
    expect(tasks.map(numberIn).toSorted()).toEqual([1, 2]);
    expect(tasks.map(({ owner }) => owner)).toEqual(['ann', 'ann']);
  });

  test('refuses a changed file and another target, and says how to go on', async () => {
    const cli = await aCli();
    const file = await aFile(lineOf(1) + lineOf(2));
    await cli.run(['enqueue', '--bulk', file]);
    await writeFile(file, lineOf(3) + lineOf(2));

    const changed = await cli.run(['enqueue', '--bulk', file]);
    const other = await cli.run(['enqueue', '--bulk', file, '--owner', 'ann']);
    expect(await waitingTasks(cli)).toHaveLength(2);
    const restarted = await cli.run(['enqueue', '--bulk', file, '--restart']);

    expect(changed.code).toBe(1);
    expect(changed.errors).toContain('The file is not as it was');
    expect(changed.errors).toContain('--restart');
    expect(other.code).toBe(1);
    expect(other.errors).toContain('owner "ann"');
    expect(restarted).toMatchObject({ code: 0 });
    expect((await waitingTasks(cli)).map(numberIn).toSorted()).toEqual([2, 3]);
  });

  test('says which options do not go together, all at once, and exits with 2', async () => {
    const cli = await aCli();

    const { code, errors } = await cli.run([
      ...['enqueue', '--bulk', 'tasks.jsonl', '--wait', '--param', 'values=1'],
      ...['--idempotency-key', 'k'],
    ]);

    expect(code).toBe(2);
    for (const option of ['--wait', '--param', '--idempotency-key']) {
      expect(errors).toContain(`${option} cannot be combined with --bulk`);
    }
  });

  test('without the file ends with one error', async () => {
    const cli = await aCli();

    const { code, errors } = await cli.run(['enqueue', '--bulk', 'nowhere.jsonl']);

    expect(code).toBe(1);
    expect(errors).toContain('nowhere.jsonl');
    expect(errors).not.toContain('    at ');
  });
});

describe('enqueue --bulk that is killed', () => {
  const LINES = scaled(2000);
  const FILE = Array.from({ length: LINES }, (_, index) => lineOf(index)).join('');

  /** Kills the command, as kill -9 does, once so many tasks wait. */
  async function killedAt(count: number, file: string, cli: CliUnderTest): Promise<CliRun> {
    const kill = new AbortController();
    const run = cli.run(['enqueue', '--bulk', file], { kill: kill.signal });
    const broker = cli.wiring.brokers.get('main');
    while (((await broker?.depth())?.waiting ?? count) < count) await pause(5);
    kill.abort();
    return run;
  }

  test('by Ctrl-C ends in order: what it has sent is recorded', async () => {
    const cli = await aCli();
    const file = await aFile(FILE);
    const broker = cli.wiring.brokers.get('main');
    let pid = 0;

    const running = cli.run(['enqueue', '--bulk', file], {
      onStart: (started) => {
        pid = started;
      },
    });
    while (((await broker?.depth())?.waiting ?? 1) === 0) await pause(5);
    process.kill(pid, 'SIGINT');
    const { code, errors } = await running;

    expect(code).toBe(130);
    expect(errors).toContain('Stopped.');
    expect(errors).toContain('the same command goes on there');
    const { enqueued } = await cli.wiring.log.countByStatus();
    expect(enqueued).toBeLessThan(LINES);
    expect((await broker?.depth())?.waiting).toBe(enqueued);
  });

  test(
    'and repeated loses no line and makes no second task',
    async () => {
      const cli = await aCli();
      const file = await aFile(FILE);

      const first = await killedAt(LINES / 12, file, cli);
      const second = await killedAt(LINES / 2, file, cli);
      const last = await cli.run(['enqueue', '--bulk', file, '--json']);

      expect([first.code, second.code]).toEqual([null, null]);
      expect(last).toMatchObject({ code: 0 });
      expect(JSON.parse(last.output)).toMatchObject({ lines: LINES, enqueued: LINES, refused: 0 });
      const tasks = await waitingTasks(cli);
      const ids = new Map(tasks.map((task) => [task.id, numberIn(task)]));
      expect([...ids.values()].toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: LINES }, (_, index) => index),
      );
      expect(await cli.wiring.log.countByStatus()).toEqual({ enqueued: LINES });
    },
    LONG,
  );
});
