import type { Finding } from '../../../shared/check/finding.ts';
import type { FieldProblem } from '../../../shared/errors.ts';
import { depthText, messagesIn } from '../../../shared/move/stranded-tasks.ts';
import type { Cli } from '../cli.ts';
import { CliError } from '../kit/cli-error.ts';
import { missingQueues } from '../kit/target.ts';
import { paint } from '../terminal/paint.ts';
import type { Applied } from './apply-config.ts';
import { changesJson, changesText, findingText } from './change-texts.ts';
import type { MovedTasks } from './move-stranded.ts';

export type ShowOptions = {
  readonly dryRun?: boolean;
  /** About what is deployed. */
  readonly findings?: readonly Finding[];
  /** What was not taken over as it was. */
  readonly remarks?: readonly FieldProblem[];
};

/**
 * Prints what was done, or would be.
 * @throws {CliError} when tasks could not be moved: repeating the command goes on with them
 */
export function showApplied(cli: Cli, applied: Applied, options: ShowOptions = {}): void {
  const { path, isNewFile, changes, created, moved, target } = applied;
  const { dryRun = false, findings = [], remarks } = options;
  const toDeploy = target?.own ? [] : missingQueues(applied.config, target);
  const json = {
    config: path,
    written: changes.length > 0 && !dryRun,
    isNewFile,
    changes: changesJson(changes),
    created,
    toDeploy,
    moved,
    ...(findings.length > 0 && { findings }),
    ...(remarks && { remarks }),
  };
  cli.print(json, () =>
    [
      ...fileLines(applied, dryRun),
      ...(remarks ?? []).map(
        ({ path: at, message }) => `${paint('yellow', 'note')}  ${at}: ${message}`,
      ),
      ...created.map((what) => `created ${what}`),
      ...moved.map(movedLine),
      ...deployLines(toDeploy, target !== undefined),
      ...findings.map(findingText),
    ].join('\n'),
  );
  if (moved.length > 0) cli.note(STILL_SENT);
  assertAllMoved(moved);
}

const STILL_SENT =
  'Whoever runs with the old configuration still sends to the old places: restart or deploy it, then\n' +
  'look with `task-queue check`.';

function fileLines({ path, isNewFile, changes }: Applied, dryRun: boolean): string[] {
  if (changes.length === 0) return [`${path}: nothing to change`];
  const verb = isNewFile ? 'written' : 'changed';
  const lines = [`${path}: ${dryRun ? `not ${verb} (--dry-run)` : verb}`];
  return [...lines, changesText(changes)];
}

const movedLine = ({ queue, tasks, wereRun }: MovedTasks): string =>
  `"${queue}": ${tasks} ${tasks === 1 ? 'task' : 'tasks'} ${wereRun ? 'run here' : 'moved'}`;

const deployLines = (queues: readonly string[], isDeployed: boolean): string[] =>
  queues.length > 0 && isDeployed
    ? [`\`npx cdk deploy\` will add: ${queues.map((name) => `queue "${name}"`).join(', ')}`]
    : [];

function assertAllMoved(moved: readonly MovedTasks[]): void {
  const left = moved.filter((place) => messagesIn(place.left) > 0);
  if (left.length === 0) return;
  const lines = left.map((place) => `  - "${place.queue}" still holds ${depthText(place.left)}`);
  throw new CliError(
    `Not all tasks could be moved:\n${lines.join('\n')}\n` +
      'A worker holds them, or they come later. Run `task-queue init --move` again.',
  );
}
