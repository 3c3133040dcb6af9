import { CATEGORY_BY_STATUS, type StatusCategory } from '../../../shared/task-log/status.ts';
import type { TaskSummary } from '../../../shared/task-log/task-log.ts';
import { type Paint, printableLine } from '../terminal/text.ts';

const LOOKS = {
  created: ['cyan', '○'],
  in_progress: ['blue', '●'],
  completed: ['green', '✔'],
  failed: ['red', '✘'],
  archived: ['dim', '▪'],
  cancelled: ['yellow', '⊘'],
} as const satisfies Record<StatusCategory, readonly [colour: string, glyph: string]>;

type State = Pick<TaskSummary, 'status' | 'progress' | 'cancelRequestedAt'>;

/** The status as words: `running 40 %, rows read` */
export function stateText({ status, progress, cancelRequestedAt }: State, paint: Paint): string {
  const category = CATEGORY_BY_STATUS[status];
  const [colour] = LOOKS[category];
  const isInProgress = category === 'in_progress';
  const shown = isInProgress && progress ? ` ${progress.percent} %` : '';
  const message = isInProgress && progress?.message ? `, ${printableLine(progress.message)}` : '';
  const cancelling = isInProgress && cancelRequestedAt ? ', cancellation requested' : '';
  return paint(colour, status) + shown + message + cancelling;
}

/** The status as one character. */
export function stateGlyph({ status }: State, paint: Paint): string {
  const [colour, glyph] = LOOKS[CATEGORY_BY_STATUS[status]];
  return paint(colour, glyph);
}
