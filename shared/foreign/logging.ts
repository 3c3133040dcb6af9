import type { Logger } from '../logger.ts';
import { tamed } from './error.ts';
import { keysOf, plainCopy } from './plain.ts';
import { isA, propertyOf, shortened, textOf } from './text.ts';

type Fields = Record<string, unknown>;

const GUARDED = new WeakSet<Logger>();

/**
 * Returns a logger that never throws, whatever a line contains: it passes on copies that are safe to format.
 * Errors stay errors, so that a logger can tell where they come from.
 */
export const guarded = (logger: Logger): Logger =>
  GUARDED.has(logger)
    ? logger
    : guardedBy((level, message, fields) => logger[level](message, fields));

/** Returns a logger that adds fields to its lines. Fields of a line go before those. */
export const withFields = (logger: Logger, added: Fields): Logger =>
  guardedBy((level, message, fields) => logger[level](message, { ...added, ...fields }));

/** Returns fields that are safe to format and to send. */
export function safeFields(fields: unknown): Fields {
  const entries = keysOf(fields).map((key) => [key, safeField(propertyOf(fields, key))]);
  return Object.fromEntries(entries);
}

const safeField = (value: unknown): unknown =>
  isA(value, Error) ? tamed(value) : plainCopy(value);

type Write = (level: keyof Logger, message: string, fields: Fields | undefined) => void;

function guardedBy(write: Write): Logger {
  const at =
    (level: keyof Logger): Logger['info'] =>
    (message, fields) => {
      try {
        const text = typeof message === 'string' ? shortened(message) : textOf(message);
        write(level, text, fields === undefined ? undefined : safeFields(fields));
      } catch {
        // A log line is never worth the work of which it tells.
      }
    };
  const logger = { info: at('info'), warn: at('warn'), error: at('error') };
  GUARDED.add(logger);
  return logger;
}
