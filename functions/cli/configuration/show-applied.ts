import type { Finding } from '../../../shared/check/finding.ts';
import type { FieldProblem } from '../../../shared/errors.ts';
import { depthText, messagesIn } from '../../../shared/move/move-tasks.ts';
import type { Cli } from '../cli.ts';
import { CliError } from '../kit/cli-error.ts';
import { missingQueues } from '../kit/target.ts';
import type { Paint } from '../terminal/text.ts';
import type { Applied } from './apply-config.ts';
import { changesJson, changesText, findingText } from './change-texts.ts';
import type { MovedTasks } from './move-tasks.ts';

export type ShowOptions = {
  readonly dryRun?: boolean;
  /** Findings about deployed resources. */
  readonly findings?: readonly Finding[];
  /** Settings that were not imported unchanged. */
  readonly remarks?: readonly FieldProblem[];
};

/**
 * Prints what the command did, or would do.
 * @throws {CliError} if some tasks could not be moved: a repetition continues with them
 */
export function showApplied(cli: Cli, applied: Applied, options: ShowOptions = {}): void {
  const { path, isNewFile, changes, created, moved, target } = applied;
  const { dryRun = false, findings = [], remarks } = options;
  const notes = remarks ?? [];
  const toDeploy = target?.own ? [] : missingQueues(applied.config, target);
  const json = {
    config: path,
    written: changes.length > 0 && !dryRun,
    isNewFile,
    changes: changesJson(changes),
    created,
    toDeploy,
    moved,
    findings: findings.length > 0 ? findings : undefined,
    remarks,
  };
  cli.print(json, (paint) =>
    [
      ...fileLines(applied, dryRun, paint),
      ...notes.map(({ path: at, message }) => `${paint('yellow', 'note')}  ${at}: ${message}`),
      ...created.map((what) => `created ${what}`),
      ...moved.map(movedLine),
      ...deployLines(toDeploy, target !== undefined),
      ...findings.map((finding) => findingText(finding, paint)),
    ].join('\n'),
  );
  if (moved.length > 0) cli.note(STILL_SENT);
  assertAllMoved(moved);
}

const STILL_SENT =
  'Processes with the old configuration still send tasks to the old queues. Restart or deploy them, then\n' +
  'run `task-queue check`.';

function fileLines({ path, isNewFile, changes }: Applied, dryRun: boolean, paint: Paint): string[] {
  if (changes.length === 0) return [`${path}: no change`];
  const verb = isNewFile ? 'written' : 'changed';
  const lines = [`${path}: ${dryRun ? `not ${verb} (--dry-run)` : verb}`];
  return [...lines, changesText(changes, paint)];
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
  const lines = left.map((place) => `  - "${place.queue}" still has ${depthText(place.left)}`);
  throw new CliError(
    `Not all tasks could be moved:\n${lines.join('\n')}\n` +
      'A worker has them, or they arrived later. Run `task-queue init --move` again.',
  );
}
