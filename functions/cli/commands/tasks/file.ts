import { createWriteStream, existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { FileNotFoundError } from '../../../../shared/errors.ts';
import type { StoredFile } from '../../../../shared/task/task-context.ts';
import { downloadableFile } from '../../../../shared/task-log/task-file.ts';
import { type Cli, cliOf, examples } from '../../cli.ts';
import { CliError } from '../../kit/cli-error.ts';
import { existingTask } from '../../kit/named-tasks.ts';
import { INTERRUPTED, interruption } from '../../terminal/keyboard.ts';
import { startProgress } from '../../terminal/progress.ts';

type FileOptions = { readonly output?: string; readonly force?: boolean };

/** Long enough to start: a running download may take longer. */
const LIFETIME_SECONDS = 300;

export function addGetTaskFileCommand(tasks: Command): void {
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
  if (options.output === '-') return download(url, file.bytes, process.stdout, interruption());
  await save(url, file, options, cli);
}

/** The file has another name until it is complete. */
async function save(url: string, file: StoredFile, options: FileOptions, cli: Cli): Promise<void> {
  const path = resolve(options.output ?? basename(file.name));
  if (existsSync(path) && !options.force) {
    throw new CliError(`The file ${path} exists. Use --force to replace it.`);
  }
  const partial = `${path}.${process.pid}.part`;
  const signal = interruption();
  try {
    await download(url, file.bytes, partial, signal);
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
export async function download(
  url: string,
  bytes: number,
  to: string | NodeJS.WritableStream,
  signal: AbortSignal,
): Promise<void> {
  const progress = startProgress(bytes);
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
