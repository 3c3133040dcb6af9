import { styleText } from 'node:util';

type Format = Parameters<typeof styleText>[0];

let isPlain = false;

/** For --no-color: nothing is painted from now on. */
export const withoutColours = (): void => {
  isPlain = true;
};

/**
 * Colours text for standard output. Only a terminal gets colours, and none if NO_COLOR is set: styleText
 * checks both. https://nodejs.org/docs/latest-v24.x/api/util.html#utilstyletextformat-text-options
 */
export const paint = (format: Format, text: string): string =>
  painted(format, text, process.stdout);

export const paintError = (text: string): string => painted('red', text, process.stderr);

const painted = (format: Format, text: string, stream: NodeJS.WriteStream): string =>
  isPlain ? text : styleText(format, text, { stream });
