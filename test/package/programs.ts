import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, tryRun } from './run-command.ts';

const URL = 'https://sqs.eu-west-1.amazonaws.com/123456789012/express';
const ADDRESS = { url: URL, deadLetterUrl: `${URL}-dead` };

/** As the deployment would set them. */
const ENV = {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'none',
  AWS_SECRET_ACCESS_KEY: 'none',
  TASK_QUEUE_RESOURCES: JSON.stringify({
    table: 'tasks',
    queues: { express: ADDRESS, standard: ADDRESS },
  }),
};

/** Nothing here reaches AWS: it is what a process does before its first request. */
export function assertPrograms(project: string): void {
  const of = (name: string) =>
    globSync(`cdk.out/asset.*/${name}`, { cwd: project }).map((path) => join(project, path));
  const functions = of('index.mjs');
  // As the stack has it, and as the image's context does.
  const [worker] = of('main.mjs');
  assert(worker, 'the bundle of the worker');
  const programs = [...functions, worker];
  const withTask = programs.filter((path) => readFileSync(path, 'utf8').includes('"send-invoice"'));
  assert(withTask.length >= 4, 'the functions and the worker know the task of the project');
  for (const path of functions) {
    const script = `console.log(typeof (await import(${JSON.stringify(path)})).handler)`;
    const routing = { TASK_QUEUE_ROUTING: JSON.stringify(ROUTING) };
    assert.equal(
      run(process.execPath, ['-e', script], project, { ...ENV, ...routing }),
      'function\n',
    );
  }
  assertWorkerSaysWhatItLacks(worker, project);
  assertCommandLine(project);
}

const ROUTING = {
  queues: [{ name: 'express', weight: 1, broker: { type: 'sqs' } }],
  worker: { lanes: false },
};

/** It has the configuration of the stack: else it would not miss these queues. */
function assertWorkerSaysWhatItLacks(worker: string, project: string): void {
  const { status, stderr } = tryRun(process.execPath, [worker], project, {
    ...ENV,
    TASK_QUEUE_RESOURCES: JSON.stringify({ table: 'tasks', queues: {} }),
  });
  assert.equal(status, 1);
  assert.match(stderr, /no address for: express, standard/);
}

/** Asserts that the command line knows the project's tasks. */
function assertCommandLine(project: string): void {
  const [program] = globSync(join(project, 'node_modules/.bin/task-queue'));
  assert(program, 'the command line is installed');
  assert.match(run(program, ['--help'], project), /task-queue/);
  const { queues } = ROUTING;
  const all = [...queues, ...queues.map((queue) => ({ ...queue, name: 'standard' }))];
  writeFileSync(join(project, 'queues.json'), JSON.stringify({ queues: all }));
  const enqueue = (...args: string[]): string =>
    tryRun(program, ['enqueue', ...args, '--config', 'queues.json'], project, {
      ...ENV,
      TASK_QUEUE_TASKS: 'tasks',
    }).stderr;
  assert.match(enqueue('send-invoice', '{"order":1}'), /order/);
  assert.match(enqueue('greet'), /send-invoice/);
}
