/**
 * What callers have written, without what a terminal would take for a command: an escape sequence in
 * a label must not colour, move or answer anything. Line ends stay.
 */
export const printable = (text: string): string => text.replaceAll(/(?!\n)\p{Cc}/gu, '');

/** The same on one line: it cannot look like the next one. */
export const printableLine = (text: string): string => printable(text).replaceAll('\n', ' ');
