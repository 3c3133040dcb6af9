import type { Command } from 'commander';
import { addDecideTasksCommands } from './tasks/decide-tasks.ts';
import { addGetTaskCommand } from './tasks/get-task.ts';
import { addGetTaskFileCommand } from './tasks/get-task-file.ts';
import { addListTasksCommand } from './tasks/list-tasks.ts';
import { addRetryTasksCommand } from './tasks/retry-tasks.ts';
import { addWatchTaskCommand } from './tasks/watch-task.ts';

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
