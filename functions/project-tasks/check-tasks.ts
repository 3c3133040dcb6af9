import { writeFileSync } from 'node:fs';
import config from '#config' with { type: 'json' };
import { parseConfig, strategyProblems } from '../../shared/config/config.ts';
import type { FieldProblem } from '../../shared/errors.ts';
import { messageOf } from '../../shared/foreign/text.ts';
import { strategyCatalogue } from '../../shared/selector/own-strategy.ts';
import { type TaskDefinition, taskCatalogue } from '../../shared/task/task-definition.ts';
import { openApiDocument } from '../api/openapi/document.ts';
import { VERSION } from '../version.ts';

/**
 * Finds what is wrong with a project's contracts and strategies at synth. It makes the contracts' OpenAPI document too, as the
 * deployed API will.
 */
async function findProblems(): Promise<FieldProblem[]> {
  const contracts: readonly TaskDefinition[] = (await import('#tasks/contracts')).contracts;
  if (!Array.isArray(contracts) || contracts.length === 0) throw new Error('there is no task');
  const strategies = strategyCatalogue((await import('#tasks/strategies')).strategies);
  const { taskQueues, auth, strategy } = parseConfig(config, 'of the deployment', 'any');
  const { names } = taskCatalogue(contracts);
  openApiDocument({ version: VERSION, auth, contracts });
  const unknownTasks = Object.keys(taskQueues)
    .filter((name) => !names.includes(name))
    .map((name) => ({
      path: `taskQueues.${name}`,
      message: `is not a task; the tasks are ${names.join(', ')}`,
    }));
  return [...unknownTasks, ...strategyProblems({ strategy }, [...strategies.keys()])];
}

/** Contracts are code and may throw. So does `defineTask`. */
const asProblems = (error: unknown): FieldProblem[] => [
  { path: 'tasks', message: messageOf(error) },
];

writeFileSync(process.argv[2] ?? '', JSON.stringify(await findProblems().catch(asProblems)));
