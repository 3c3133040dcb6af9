/** Text that is HTML and needs no escaping. */
export type Html = { readonly html: string };

type Part = Html | string | number | readonly Html[] | undefined;

/** Makes HTML from a template. Values are escaped, unless they are HTML. */
export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Html => ({
  html: strings.reduce((text, string, index) => text + htmlOf(parts[index - 1]) + string),
});

/** Makes HTML from prose with `code` in backticks. */
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
