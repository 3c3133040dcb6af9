/**
 * The header that has a browser save a file under its name. Programs that know only ASCII get a
 * name in which `_` stands for everything else. https://www.rfc-editor.org/rfc/rfc6266
 */
export function contentDisposition(name: string): string {
  const ascii = name.replaceAll(/[^ -~]|["%\\]/gu, '_');
  const encoded = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
