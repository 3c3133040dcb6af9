import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { FileNotFoundError } from '../../../../shared/errors.ts';
import type { StoredFile } from '../../../../shared/task/stored-file.ts';
import { downloadableFile } from '../../../../shared/task-log/task-file.ts';
import { type Cli, cliOf } from '../../cli.ts';
import { CliError } from '../../kit/cli-error.ts';
import { download } from '../../kit/download.ts';
import { examples } from '../../kit/examples.ts';
import { existingTask } from '../../kit/named-tasks.ts';
import { interruption } from '../../terminal/keyboard.ts';

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
