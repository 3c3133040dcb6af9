import type { QueueStanding } from '../../../shared/control/queue-standing.ts';

/** `90`, or `40 (configured: 90)` with a live setting. */
export const weightText = ({ weight, weightFrom, configuredWeight }: QueueStanding): string =>
  weightFrom === 'configuration' ? String(weight) : `${weight} (configured: ${configuredWeight})`;

/** `69.2 %`, or `-` where weights do not decide. */
export const shareText = ({ share }: QueueStanding): string =>
  share === undefined ? '-' : `${(share * 100).toFixed(1)} %`;
