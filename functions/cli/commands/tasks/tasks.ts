import { createWriteStream, existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { statusView, taskView } from '../../../../shared/api/views.ts';
import { FileNotFoundError } from '../../../../shared/errors.ts';
import { renderReport } from '../../../../shared/report/report.ts';
import type { StoredFile } from '../../../../shared/task/task-context.ts';
import { isFinal } from '../../../../shared/task-log/status.ts';
import { downloadableFile } from '../../../../shared/task-log/task-file.ts';
import type { TaskRecord } from '../../../../shared/task-log/task-log.ts';
import { type Cli, cliOf, examples } from '../../cli.ts';
import { CliError, EXIT } from '../../kit/cli-error.ts';
import { existingTask } from '../../kit/named-tasks.ts';
import { stateText } from '../../kit/task-state.ts';
import { followTask } from '../../kit/wait-for-tasks.ts';
import { INTERRUPTED, interruption } from '../../terminal/keyboard.ts';
import { liveLine, startProgress } from '../../terminal/progress.ts';
import { type Paint, printable, printableLine } from '../../terminal/text.ts';
import { textTable } from '../../terminal/text-table.ts';
import { addArchiveAndCancelCommands } from './archive-cancel.ts';
import { addListTasksCommand } from './list.ts';
import { addRetryTasksCommand } from './retry.ts';

/** `task-queue tasks …` */
export function addTasksCommand(program: Command): void {
  const tasks = program
    .command('tasks')
    .description('List, inspect, cancel, archive and retry tasks');
  addListTasksCommand(tasks);
  addGetTaskCommand(tasks);
  addWatchTaskCommand(tasks);
  addGetTaskFileCommand(tasks);
  addArchiveAndCancelCommands(tasks);
  addRetryTasksCommand(tasks);
}

/** `task-queue tasks get` */
function addGetTaskCommand(tasks: Command): void {
  tasks
    .command('get')
    .description('Show a task with its parameters and its report')
    .argument('<id>', 'Id of the task')
    .addHelpText(
      'after',
      examples(['tasks get 01KB2N5ZV4E8FJYV7D0Q1V6C3M', 'show how a task went']),
    )
    .action(async (id: string, _options, command: Command) => {
      const cli = cliOf(command);
      const { log, catalogue } = await cli.connect();
      const task = await existingTask(id, (known) => log.get(known));
      cli.print(taskView(task, catalogue), (paint) => taskDetails(task, paint));
    });
}

/** The fields, the parameters and the report of a task. */
function taskDetails(task: TaskRecord, paint: Paint): string {
  const { parameters, report } = task;
  const fields = textTable(['', ''], fieldsOf(task, paint)).trimStart();
  const json = printable(JSON.stringify(parameters, null, 2));
  const reported = report ? `\nreport\n${printable(renderReport(report, '  '))}\n` : '';
  return `${fields}\nparameters\n${json.replaceAll(/^/gm, '  ')}\n${reported}`;
}

function fieldsOf(task: TaskRecord, paint: Paint): (readonly [string, string])[] {
  const { file } = task;
  const fields = {
    id: task.id,
    name: printableLine(task.name),
    label: printableLine(task.label),
    status: stateText(task, paint),
    queue: task.queue,
    owner: task.owner && printableLine(task.owner),
    parent: task.parentId,
    'retry of': task.retryOf,
    attempts: String(task.attempt),
    created: task.createdAt,
    started: task.startedAt,
    finished: task.finishedAt,
    updated: task.updatedAt,
    file:
      file &&
      `${printableLine(file.name)}, ${file.bytes} bytes, ${printableLine(file.contentType)}`,
  };
  return Object.entries(fields).flatMap(([name, value]) => (value ? [[name, value] as const] : []));
}

function addWatchTaskCommand(tasks: Command): void {
  tasks
    .command('watch')
    .description('Follow a task to its end; the exit code is 0 if it completed, else 1')
    .argument('<id>', 'Id of the task')
    .addHelpText(
      'after',
      `
On a terminal, one line shows the current state. Elsewhere, each change is a line, with --json a JSON object.
Each look costs half a read unit.
${examples(['tasks watch 01KB2N5ZV4E8FJYV7D0Q1V6C3M && echo done', 'wait for a task'])}`,
    )
    .action(watchTask);
}

async function watchTask(id: string, _options: object, command: Command): Promise<void> {
  const cli = cliOf(command);
  const { log } = await cli.connect();
  const signal = interruption(cli);
  let last = await existingTask(id, (known) => log.getSummary(known));
  const { stdout } = cli.host;
  const paint = cli.run.paintOn(stdout);
  const line = liveLine(stdout);
  for await (const task of followTask(last, { log, signal })) {
    last = task;
    if (cli.options.json) stdout.write(`${JSON.stringify(statusView(task))}\n`);
    else line.show(`${task.id} ${stateText(task, paint)}`);
  }
  line.end();
  if (!isFinal(last.status)) return;
  if (last.status !== 'completed') cli.run.exitCode = EXIT.refused;
  const report = cli.options.json ? undefined : (await log.get(last.id))?.report;
  if (report) stdout.write(`${printable(renderReport(report))}\n`);
}

type FileOptions = { readonly output?: string; readonly force?: boolean };

/** Long enough to start: a running download may take longer. */
const LIFETIME_SECONDS = 300;

function addGetTaskFileCommand(tasks: Command): void {
  tasks
    .command('file')
    .description('Download the file of a task')
    .argument('<id>', 'Id of the task')
    .option('--output <file>', 'File to write; - for standard output (default: its own name)')
    .option('--force', 'Replace an existing file')
    .addHelpText(
      'after',
      examples(
        ['tasks file 01KB2N5ZV4E8FJYV7D0Q1V6C3M', 'save into this directory'],
        ['tasks file 01KB2N5ZV4E8FJYV7D0Q1V6C3M --output - | head', 'write to a pipe'],
      ),
    )
    .action(getTaskFile);
}

async function getTaskFile(id: string, options: FileOptions, command: Command): Promise<void> {
  const cli = cliOf(command);
  const { log, files, catalogue } = await cli.connect();
  const task = await existingTask(id, (known) => log.getSummary(known));
  const file = downloadableFile(task, catalogue);
  if (!file || !files) throw new FileNotFoundError(task.id);
  const url = await files.downloadUrl(file.key, LIFETIME_SECONDS);
  if (options.output === '-') return download(url, file.bytes, cli.host.stdout, cli);
  await save(url, file, options, cli);
}

/** The file has another name until it is complete. */
async function save(url: string, file: StoredFile, options: FileOptions, cli: Cli): Promise<void> {
  const { directory, pid } = cli.host;
  const path = resolve(directory, options.output ?? basename(file.name));
  if (existsSync(path) && !options.force) {
    throw new CliError(`The file ${path} exists. Use --force to replace it.`);
  }
  const partial = `${path}.${pid}.part`;
  try {
    await download(url, file.bytes, partial, cli);
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true });
  }
  cli.print({ path, bytes: file.bytes, contentType: file.contentType }, () => path);
}

/**
 * Downloads as it comes, whatever its length. @param to a path, or a stream that stays open
 * @throws {CliError} when the server refuses, or Ctrl-C ends it
 */
async function download(
  url: string,
  bytes: number,
  to: string | NodeJS.WritableStream,
  cli: Cli,
): Promise<void> {
  const signal = interruption(cli);
  const progress = startProgress(cli, bytes);
  let done = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      done += chunk.length;
      progress.update(done, `${done} of ${bytes} bytes`);
      next(null, chunk);
    },
  });
  try {
    const response = await fetch(url, { signal });
    if (!response.ok || !response.body) throw refused(response.status);
    const target = typeof to === 'string' ? createWriteStream(to) : to;
    const isOurs = typeof to === 'string';
    await pipeline(Readable.fromWeb(response.body), counted, target, { signal, end: isOurs });
  } catch (error) {
    throw signal.aborted ? new CliError('The download was given up.', INTERRUPTED) : error;
  } finally {
    progress.end();
  }
}

const refused = (status: number): CliError =>
  new CliError(`The file could not be downloaded: the file store answered ${status}.`);
