import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { aCli, runCli } from '../support/cli.ts';

const LINE = `${JSON.stringify({ name: 'compute-statistics', parameters: { values: [1] } })}\n`;

async function aFile(text: string): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'task-queue-bulk-')), 'tasks.jsonl');
  await writeFile(path, text);
  return path;
}

/** Whether a file system of a given size can be had, in a namespace of its own. */
const canMount =
  spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', tmpdir()]).status === 0;

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

describe('the files of enqueue --bulk', () => {
  test.each(['--errors', '--journal'])(
    '%s never overwrites what is to be enqueued',
    async (option) => {
      const cli = await aCli();
      const file = await aFile(LINE);
      await symlink(file, `${file}.link`);

      for (const target of [file, `${file}.link`]) {
        const args = ['enqueue', '--bulk', file, option, target];
        const { code, errors } = await cli.run([
          ...args,
          ...(option === '--journal' ? ['--restart'] : []),
        ]);

        expect(code).toBe(2);
        expect(errors).toContain(`${option} would overwrite ${file}`);
      }
      expect(await readFile(file, 'utf8')).toBe(LINE);
      expect((await cli.wiring.brokers.get('main')?.depth())?.waiting).toBe(0);
    },
  );

  test('may be pipes and devices: these have no journal of their own', async () => {
    const cli = await aCli();
    const pipe = `${await aFile('')}.pipe`;
    await promisify(execFile)('mkfifo', [pipe]);

    const running = cli.run(['enqueue', '--bulk', pipe, '--errors', '/dev/null']);
    await writeFile(pipe, `${LINE}nonsense\n`);

    const { code, output, errors } = await running;
    expect({ code, errors }).toEqual({ code: 1, errors: expect.stringMatching(/^line 2: .*\n$/) });
    expect(output).toContain('1 refused.');
    expect(await isThere(`${pipe}.progress`)).toBe(false);
  });

  test('that cannot be opened end the command with one error', async () => {
    const cli = await aCli();

    // Standard input is a socket here, and such cannot be opened by a name.
    const { code, errors } = await cli.run(['enqueue', '--bulk', '/dev/stdin']);

    expect(code).toBe(1);
    expect(errors).toMatch(/^The file cannot be read: .*\n$/);
  });

  test.skipIf(!canMount)(
    'on a full disk leave no lock, and what the error says of progress is true',
    { timeout: 60_000 },
    async () => {
      const cli = await aCli();
      const directory = await mkdtemp(join(tmpdir(), 'task-queue-full-'));
      const file = await aFile(LINE.repeat(5100));
      const command = [
        ...[process.execPath, 'functions/cli/main.ts', 'enqueue', '--bulk', file],
        ...['--journal', `${directory}/journal`, '--without-records'],
      ].join(' ');
      // Two pages are enough for the lock and one journal, not for the journal that replaces it.
      const script = `
        mount -t tmpfs -o size=8k none ${directory}
        ${command}; ls ${directory}
        head -c 4096 /dev/zero > ${directory}/ballast
        ${command}; ls ${directory}
        rm ${directory}/ballast; mount -o remount,size=1m ${directory}
        ${command}`;

      const { stdout, stderr } = await promisify(execFile)('unshare', ['-rm', 'sh', '-c', script], {
        env: { ...process.env, ...cli.env },
      });

      expect(stderr).toMatch(/^All before line 1 is done; the same command goes on there\./);
      expect(stderr).toMatch(/(The journal cannot be written: ENOSPC[\s\S]*){2}/);
      expect(stdout).toMatch(/^journal\nballast\njournal\n5,100 lines: 5,100 tasks enqueued/);
    },
  );

  test('that cannot be written are named, with what to do, before anything is sent', async () => {
    const cli = await aCli();
    const file = await aFile(LINE);

    const journal = await cli.run(['enqueue', '--bulk', file, '--journal', '/nowhere/journal']);
    const refused = await cli.run(['enqueue', '--bulk', file, '--errors', '/nowhere/refused']);

    expect(journal).toMatchObject({ code: 1, errors: expect.stringContaining('--journal') });
    expect(journal.errors).toContain('The journal cannot be written: ');
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.errors).toContain('The refused lines cannot be kept: ');
    expect((await cli.wiring.brokers.get('main')?.depth())?.waiting).toBe(0);
    // The second one gave the journal back.
    expect(await cli.run(['enqueue', '--bulk', file])).toMatchObject({ code: 0 });
  });

  test('keep the refused lines of an earlier run, although one in between kept none', async () => {
    const cli = await aCli();
    const file = await aFile('nonsense\n');
    const errorFile = `${file}.errors`;
    await cli.run(['enqueue', '--bulk', file, '--errors', errorFile]);
    const kept = await readFile(errorFile, 'utf8');

    await writeFile(file, `nonsense\n${LINE}`);
    await cli.run(['enqueue', '--bulk', file]);
    await writeFile(file, `nonsense\n${LINE}more nonsense\n`);
    await cli.run(['enqueue', '--bulk', file, '--errors', errorFile]);

    const lines = await readFile(errorFile, 'utf8');
    expect(lines.startsWith(kept)).toBe(true);
    expect(
      lines
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([{ line: 1 }, { line: 3 }]);
  });
});

test('enqueue --bulk that waits for its next line ends with Ctrl-C, and says how to go on', async () => {
  const cli = await aCli();
  const journal = await aFile('');
  let pid = 0;

  const running = runCli(['enqueue', '--bulk', '-', '--journal', `${journal}.progress`], {
    env: cli.env,
    input: LINE,
    isInputOpen: true,
    onStart: (started) => {
      pid = started;
    },
  });
  while (!(await isThere(`${journal}.progress.lock`))) await pause(5);
  process.kill(pid, 'SIGINT');

  const { code, errors } = await running;
  expect(code).toBe(130);
  expect(errors).toContain('Stopped. All before line 1 is done; the same command goes on there.');
  expect(await isThere(`${journal}.progress.lock`)).toBe(false);
});
