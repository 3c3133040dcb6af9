import type { Command } from 'commander';
import { addDecideTasksCommands } from './decide-tasks.ts';
import { addGetTaskCommand } from './get-task.ts';
import { addGetTaskFileCommand } from './get-task-file.ts';
import { addListTasksCommand } from './list-tasks.ts';
import { addRetryTasksCommand } from './retry.ts';
import { addWatchTaskCommand } from './watch-task.ts';

/** `task-queue tasks …` */
export function addTasksCommand(program: Command): void {
  const tasks = program.command('tasks').description('looks at tasks and decides over them');
  addListTasksCommand(tasks);
  addGetTaskCommand(tasks);
  addWatchTaskCommand(tasks);
  addGetTaskFileCommand(tasks);
  addDecideTasksCommands(tasks);
  addRetryTasksCommand(tasks);
}
