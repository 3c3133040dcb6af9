import { styleText } from 'node:util';

type Format = Parameters<typeof styleText>[0];

/**
 * For standard output. Only a terminal gets colours, and none with NO_COLOR set: styleText looks at
 * both. https://nodejs.org/docs/latest-v24.x/api/util.html#utilstyletextformat-text-options
 */
export const paint = (format: Format, text: string): string =>
  styleText(format, text, { stream: process.stdout });

export const paintError = (text: string): string =>
  styleText('red', text, { stream: process.stderr });
