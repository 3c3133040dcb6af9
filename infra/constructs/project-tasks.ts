import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Stack, Stage } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { TaskQueueConfig } from '../../shared/config/config.ts';
import { ConfigInvalidError, type FieldProblem } from '../../shared/errors.ts';
import { bundleProgram, replaceBelow } from './bundling.ts';

const EXTENSIONS = ['ts', 'mts', 'js', 'mjs'];

/** Modules of a project's tasks, and of its strategies if it has some. */
export type ProjectTasks = {
  readonly contracts: string;
  readonly handlers: string;
  readonly strategies: string | undefined;
};

/**
 * Looks for `contracts`, `handlers` and `strategies` in a folder.
 * @returns where they are, or what is missing
 */
export function findTasks(folder: string): Partial<ProjectTasks> & { problems: FieldProblem[] } {
  const find = (name: string): string | undefined =>
    EXTENSIONS.map((extension) => resolve(folder, `${name}.${extension}`)).find((path) =>
      existsSync(path),
    );
  const needed = { contracts: find('contracts'), handlers: find('handlers') };
  const missing = Object.entries(needed).filter(([, path]) => path === undefined);
  return {
    ...needed,
    strategies: find('strategies'),
    problems: missing.map(([name]) => ({
      path: 'tasks',
      message: `there is no ${name}.ts in ${resolve(folder)}, which exports the array "${name}"`,
    })),
  };
}

/**
 * Bundles everything below `scope` with a project's tasks and its configuration.
 * @throws {ConfigInvalidError} with everything that is wrong with the contracts
 */
export function bundleTasks(scope: Construct, tasks: ProjectTasks, config: TaskQueueConfig): void {
  const folder = resolve(Stage.of(scope)?.outdir ?? '', `task-queue.${scope.node.addr}`);
  mkdirSync(folder, { recursive: true });
  const configFile = join(folder, 'config.json');
  writeFileSync(configFile, JSON.stringify(config));
  const files = {
    '#tasks/contracts': tasks.contracts,
    '#tasks/handlers': tasks.handlers,
    '#tasks/strategies': tasks.strategies ?? noStrategies(folder),
    '#config': configFile,
  };
  // `cdk list` and the like bundle nothing.
  if (Stack.of(scope).bundlingRequired) checkTasks(scope, folder, files);
  replaceBelow(scope, files);
}

function noStrategies(folder: string): string {
  const path = join(folder, 'strategies.mjs');
  writeFileSync(path, 'export const strategies = [];\n');
  return path;
}

/** Loads contracts and strategies, but no handler: handlers may need resources that only exist in AWS. */
function checkTasks(scope: Construct, folder: string, files: Record<string, string>): void {
  const program = join(folder, 'check-tasks.mjs');
  const answer = join(folder, 'problems.json');
  bundleProgram(
    { entry: 'functions/project-tasks/check-tasks.ts', sql: 'without-sql', files },
    { outfile: program },
  );
  execFileSync(process.execPath, [program, answer], { stdio: ['ignore', 'ignore', 'inherit'] });
  const problems: FieldProblem[] = JSON.parse(readFileSync(answer, 'utf8'));
  if (problems.length > 0) throw new ConfigInvalidError(sourceOf(scope), problems);
}

/** Names the construct in errors. */
export const sourceOf = (scope: Construct): string => `of TaskQueue "${scope.node.path}"`;
