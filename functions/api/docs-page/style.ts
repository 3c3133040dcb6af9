import { createHash } from 'node:crypto';

const STYLE = `
:root { color-scheme: light dark;
  --back: light-dark(#fff, #14171c); --panel: light-dark(#f5f6f8, #1c2128); --line: light-dark(#dde1e6, #30363f);
  --text: light-dark(#1d232b, #dce1e8); --quiet: light-dark(#5c6773, #94a0ae); --link: light-dark(#0b5cad, #6cb2ff);
  --get: light-dark(#0a6b3d, #4cc38a); --post: light-dark(#8a4b00, #f0a850); }
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.55 system-ui, sans-serif; color: var(--text); background: var(--back); }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
code, pre { font: 13px/1.5 ui-monospace, monospace; } code { overflow-wrap: anywhere; }
pre { margin: .5rem 0; padding: .7rem .9rem; background: var(--panel); border: 1px solid var(--line); border-radius: 6px; overflow-x: auto; }
nav { padding: 1.2rem; columns: 12rem; } nav a { display: block; padding: .1rem 0; } nav h2 { margin: 1rem 0 .2rem; border: 0; }
main { padding: 1.2rem; max-width: 60rem; }
h1 { margin: 0; font-size: 1.6rem; } h2 { margin: 2.5rem 0 1rem; font-size: 1.2rem; border-bottom: 1px solid var(--line); }
nav h2, h4 { font-size: .75rem; text-transform: uppercase; letter-spacing: .06em; color: var(--quiet); }
h3 { margin: 2rem 0 .3rem; font-size: 1rem; } h4 { margin: 1.2rem 0 .3rem; }
section { padding: 0 .8rem; margin: 0 -.8rem; border-radius: 6px; scroll-margin-top: 1rem; } section:target { background: var(--panel); }
table { width: 100%; table-layout: fixed; border-collapse: collapse; } td { padding: .35rem 1rem .35rem 0; border-top: 1px solid var(--line); vertical-align: top; }
td:first-child { width: 35%; } .quiet { color: var(--quiet); }
.method { display: inline-block; min-width: 3.2em; font-weight: 700; color: var(--post); } .get { color: var(--get); }
@media (min-width: 60rem) { td:first-child { width: 14rem; } body { display: grid; grid-template-columns: 17rem 1fr; }
  nav { columns: auto; position: sticky; top: 0; height: 100vh; overflow-y: auto; border-right: 1px solid var(--line); } }
`;

const hash = createHash('sha256').update(STYLE).digest('base64');

/** As the page has it: to the letter, or its hash does not fit. */
export const STYLE_ELEMENT = { html: `<style>${STYLE}</style>` };

/** Nothing but this very style: no script, no image, no request to anywhere. */
export const CONTENT_SECURITY_POLICY = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
