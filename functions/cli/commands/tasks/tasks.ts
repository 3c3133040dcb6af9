import type { Command } from 'commander';
import { addArchiveAndCancelCommands } from './archive-cancel.ts';
import { addGetTaskFileCommand } from './file.ts';
import { addGetTaskCommand } from './get.ts';
import { addListTasksCommand } from './list.ts';
import { addRetryTasksCommand } from './retry.ts';
import { addWatchTaskCommand } from './watch.ts';

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
