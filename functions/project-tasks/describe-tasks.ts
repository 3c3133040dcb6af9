import { writeFileSync } from 'node:fs';
import config from '#config' with { type: 'json' };
import packageJson from '../../package.json' with { type: 'json' };
import { parseConfig } from '../../shared/config/config.ts';
import type { FieldProblem } from '../../shared/errors.ts';
import { type TaskDefinition, taskCatalogue } from '../../shared/task/task-definition.ts';

/** What `TaskQueue` wants to know of a project's contracts as it is synthesised. */
export type TasksDescription =
  | { readonly document: object }
  | { readonly problems: readonly FieldProblem[] };

async function describe(): Promise<TasksDescription> {
  const contracts: readonly TaskDefinition[] = (await import('#tasks/contracts')).contracts;
  if (!Array.isArray(contracts) || contracts.length === 0) throw new Error('there is no task');
  const { taskQueues, auth } = parseConfig(config, 'of the deployment');
  const { names } = taskCatalogue(contracts);
  const problems = Object.keys(taskQueues)
    .filter((name) => !names.includes(name))
    .map((name) => ({
      path: `taskQueues.${name}`,
      message: `there is no such task, but ${names.join(', ')}`,
    }));
  if (problems.length > 0) return { problems };
  // Only now: it is made of the contracts as it is loaded.
  const { openApiDocument } = await import('../api/openapi/document.ts');
  return { document: openApiDocument({ version: packageJson.version, auth }) };
}

/** Contracts are code, which may throw; so does `defineTask`. */
const asProblems = (error: unknown): TasksDescription => ({
  problems: [{ path: 'tasks', message: error instanceof Error ? error.message : String(error) }],
});

writeFileSync(process.argv[2] ?? '', JSON.stringify(await describe().catch(asProblems)));
