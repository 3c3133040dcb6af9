import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { emulatorEnvironment } from '../../functions/dev/emulators.ts';
import { runCli } from '../support/cli.ts';

test('try', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'task-queue-init-'));
  const env = { ...process.env, ...emulatorEnvironment(inject('endpoints')) };
  const run = async (...args: string[]) => {
    const r = await runCli(args, { env, directory });
    console.log(args.join(' '), r.code, '\n' + r.output + '\n--' + r.errors);
  };
  await run('init');
  await run('init');
  console.log(await readFile(join(directory, 'task-queue.config.json'), 'utf8'), await readFile(join(directory, '.task-queue/local.json'), 'utf8'));
  await run('queues');
  await run('init', '--broker=redis', '--persistence=x', '--strategy=weihgted');
  await run('init', '--broker=sqs', '--receive=20');
  await run('init', '--broker=memory', '--queue=standard');
  await run('init', '--strategy=\\oat\\taoTaskQueue\\model\\TaskSelector\\StrictPriorityStrategy', '--json');
  await run('init', '--live', '--receive=3', '--queue=priority');
  await run('init', '--live', '--receive=3', '--broker=sqs');
  await run('init', '--help');
});
