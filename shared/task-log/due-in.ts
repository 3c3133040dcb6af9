import { type Clock, isoTime } from '../clock.ts';

/** When a task is due whose message comes after a delay. Nothing without one: it is due now. */
export const dueIn = (delaySeconds: number, clock: Clock): { dueAt?: string } =>
  delaySeconds > 0 ? { dueAt: isoTime(clock.now() + delaySeconds * 1000) } : {};
