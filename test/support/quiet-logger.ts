import type { Logger } from '../../shared/logger.ts';

export type LogLine = { level: string; message: string; fields: Record<string, unknown> };

/** Keeps its lines, for tests that read them. */
export function quietLogger(): Logger & { lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at =
    (level: string) =>
    (message: string, fields: Record<string, unknown> = {}): void => {
      lines.push({ level, message, fields });
    };
  return { lines, info: at('info'), warn: at('warn'), error: at('error') };
}
