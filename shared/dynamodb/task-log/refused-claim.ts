import { isFinal } from '../../task-log/status.ts';
import type { ClaimResult } from '../../task-log/task-log.ts';
import type { TaskItem } from './items.ts';

/** Why a claim was refused; or that it was not, when only the answer to it got lost. */
export function refusedClaim(found: TaskItem, holder: string, now: number): ClaimResult {
  const { sk: taskId, status, claims, snoozes, leaseUntil = now, ...rest } = found;
  if (status === 'running' && found.holder === holder) {
    const claim = { taskId, token: claims, attempt: claims - snoozes };
    const isCancelRequested = rest.cancelRequestedAt !== undefined;
    const hasChildren = rest.hasChildren ?? false;
    return { outcome: 'claimed', claim, isCancelRequested, hasChildren };
  }
  if (isFinal(status) || status === 'child_running') return { outcome: 'ended', status };
  return { outcome: 'busy', forSeconds: Math.max(Math.ceil((leaseUntil - now + 1) / 1000), 1) };
}
