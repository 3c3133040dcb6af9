/** Text that is HTML already. */
export type Html = { readonly html: string };

type Part = Html | string | number | readonly Html[] | undefined;

/** HTML from a template. What is filled in is escaped, unless it is HTML itself. */
export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Html => ({
  html: strings.reduce((text, string, index) => text + htmlOf(parts[index - 1]) + string),
});

/** Prose, with `code` in backticks. */
export const prose = (text: string): Html => ({
  html: escaped(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>'),
});

function htmlOf(part: Part): string {
  if (part === undefined) return '';
  if (typeof part !== 'object') return escaped(String(part));
  return 'html' in part ? part.html : part.map(({ html }) => html).join('');
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
