import { createHash } from 'node:crypto';
import { encodeTime, monotonicFactory } from 'ulid';

/** Crockford's base 32, the alphabet of a ULID. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Number of partitions of the task log. Fixed: the key of every stored task depends on it. */
export const PARTITIONS = 8;

const nextUlid = monotonicFactory();

/** A new task id: a ULID, so ids sort by creation time. 26 characters. */
export const newTaskId = (): string => nextUlid();

/** Derives an id from a message, always the same. It sorts by the time the message was sent. */
export const taskIdOfMessage = (messageId: string, sentAt: number): string =>
  derivedTaskId(sentAt, messageId);

/**
 * Derives an id from a text, always the same.
 * @param at the time by which the id sorts, in milliseconds since 1970
 */
export function derivedTaskId(at: number, text: string): string {
  const hash = createHash('sha256').update(text).digest().subarray(0, 16);
  return encodeTime(at, 10) + [...hash].map((byte) => ALPHABET.charAt(byte % 32)).join('');
}

export const isTaskId = (text: string): boolean => /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(text);

/** The partition of a task, 0 to 7. The id alone leads to the record. */
export const partitionOf = (taskId: string): number =>
  ALPHABET.indexOf(taskId.slice(-1)) % PARTITIONS;
