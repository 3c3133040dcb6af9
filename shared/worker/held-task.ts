import type { Delivery } from '../broker/broker.ts';
import type { Task } from '../task/task.ts';
import type { Claim } from '../task-log/task-log.ts';

/** A run in progress: what it may write, and how to tell it to stop. */
export type Execution = { readonly claim: Claim; readonly abort: AbortController };

/** A leased message, from the poll that brought it until it is settled. */
export type HeldTask = {
  readonly queue: string;
  readonly delivery: Delivery;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  /** When its lease was last set; it ends one visibility timeout later. */
  leasedAt: number;
  /** Present once a slot has decoded it. */
  task?: Task;
  /** Present while its handler runs. */
  execution?: Execution;
  /** It is on its way back: nobody renews its lease any more. */
  isReleased?: boolean;
};

/** What is to happen to the message now. */
export type Settlement =
  /** All is stored in the log: forget the message. */
  | { readonly action: 'ack' }
  /** Somebody should get it again, after this time. */
  | { readonly action: 'release'; readonly delaySeconds: number }
  /** Nothing is certain: let the lease run out. */
  | { readonly action: 'leave' };
