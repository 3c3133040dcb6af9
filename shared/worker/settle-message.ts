import type { Logger } from '../logger.ts';
import type { HeldTask, Settlement } from './held-task.ts';
import { release } from './release.ts';
import type { Source } from './source.ts';

export type SettleDeps = Pick<Source, 'acks' | 'broker'> & {
  /** The renewal of leases that is on its way, if there is one. Never rejects. */
  readonly renewal: () => Promise<void>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly logger: Logger;
};

/** Does with a message what its run has decided. Never rejects: what cannot be done now, the lease's end does. */
export async function settleMessage(
  held: HeldTask,
  settlement: Settlement,
  { acks, broker, renewal, now, logger }: SettleDeps,
): Promise<void> {
  if (settlement.action === 'ack') acks.add(held.delivery);
  if (settlement.action !== 'release') return;
  held.isReleased = true;
  // A renewal that is on its way would arrive after the delay, and take its place.
  await renewal();
  try {
    const isCopied = await release(held, settlement.delaySeconds, broker, now());
    if (isCopied) acks.add(held.delivery);
  } catch (error) {
    logger.warn('task could not be released; its lease will run out', { error });
  }
}
