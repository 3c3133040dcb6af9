import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { VERSION } from '../../version.ts';
import type { Wiring } from '../../wiring/wiring.ts';
import type { RouteHandler } from '../http.ts';
import { openApiDocument } from '../openapi/document.ts';
import type {
  OpenApiDocument,
  Operation,
  Parameter,
  Reference,
  Response,
  SecurityScheme,
} from '../openapi/openapi-types.ts';
import { type Html, html, prose } from './html.ts';
import { curlExamples, type DocumentedRoute, propertyRow, schemaTable, typeOf } from './schema.ts';

export type DocsDeps = Pick<Wiring, 'config' | 'catalogue' | 'logger'>;

/** GET /openapi.json → 200, the OpenAPI document of the tasks that this deployment runs. */
export const getOpenApi = (deps: DocsDeps): RouteHandler => {
  const document = documentOf(deps);
  return async () => ({ status: 200, body: document() });
};

/** GET /docs → 200, the OpenAPI document as a page. */
export const getDocs = (deps: DocsDeps): RouteHandler => {
  const document = documentOf(deps);
  return async () => ({
    status: 200,
    body: renderPage(document()),
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': CONTENT_SECURITY_POLICY,
      'x-content-type-options': 'nosniff',
    },
  });
};

/** Makes the document for the first request and keeps it. */
function documentOf({ config: { auth }, catalogue }: DocsDeps): () => OpenApiDocument {
  let document: OpenApiDocument | undefined;
  return () => {
    const contracts = catalogue.names.map((name) => catalogue.get(name));
    document ??= openApiDocument({ version: VERSION, auth, contracts });
    return document;
  };
}

/** Renders the document as one page that loads nothing and runs no script. */
export function renderPage(document: OpenApiDocument): string {
  const { info, tags, components } = document;
  const routes = routesOf(document);
  const groups = tags.map((tag) => ({
    ...tag,
    routes: routes.filter(({ operation }) => operation.tags.includes(tag.name)),
  }));
  const schemas = Object.entries(components.schemas);
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${info.title} ${info.version}</title>${STYLE_ELEMENT}</head><body>
<nav><a href="#top">${info.title} ${info.version}</a> <a href="openapi.json">openapi.json</a>
${groups.map(
  (group) =>
    html`<h2>${group.name}</h2>${group.routes.map(
      (route) => html`<a href="#${route.operation.operationId}">${headingOf(route)}</a>`,
    )}`,
)}
<h2>Schemas</h2>${schemas.map(([name]) => html`<a href="#schema-${name}">${name}</a>`)}</nav>
<main id="top"><h1>${info.title} <span class="quiet">${info.version}</span></h1>
<p>${prose(info.description)}</p>
<p>${prose('In the examples, `$API` is the address of this page without `/docs`.')}</p>
${Object.values(components.securitySchemes).map(howToAuthenticate)}
<p>Every route may also respond with, unless it says otherwise:</p>${responsesTable(commonResponses(document), document)}
${groups.map(
  (group) =>
    html`<h2>${group.name}</h2><p class="quiet">${group.description}</p>${group.routes.map(
      (route) => operationSection(route, document),
    )}`,
)}
<h2>Schemas</h2>
${schemas.map(
  ([name, schema]) =>
    html`<section id="schema-${name}"><h3>${name}</h3>${
      schema.description === undefined ? undefined : html`<p>${prose(schema.description)}</p>`
    }${schemaTable(schema)}</section>`,
)}
</main></body></html>
`.html;
}

const SIGNING = `curl() { command curl --aws-sigv4 "aws:amz:$AWS_REGION:execute-api" \\
  --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" -H "x-amz-security-token: $AWS_SESSION_TOKEN" "$@"; }`;

function howToAuthenticate(scheme: SecurityScheme): Html {
  const isSigned = scheme['x-amazon-apigateway-authtype'] === 'awsSigv4';
  return html`<p>${prose(
    `Every request needs: ${scheme['description'] ?? scheme.type} The local stack does not check it.`,
  )}</p>${isSigned ? html`<pre>${SIGNING}</pre>` : undefined}`;
}

const routesOf = ({ paths }: OpenApiDocument): DocumentedRoute[] =>
  Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ method, path, operation })),
  );

const headingOf = ({ method, path }: DocumentedRoute): Html =>
  html`<span class="method ${method}">${method.toUpperCase()}</span> <code>${path}</code>`;

/** Everything that a caller needs to know about a route. */
function operationSection(route: DocumentedRoute, document: OpenApiDocument): Html {
  const { operationId, summary, description = '', parameters, requestBody } = route.operation;
  return html`<section id="${operationId}"><h3>${headingOf(route)}</h3>
<p>${prose(`${summary}. ${description}`)}</p>
${parameters && parametersTable(parameters)}
${requestBody && bodyTable(requestBody)}
<h4>Example</h4>${curlExamples(route, document)}
<h4>Responses</h4>${responsesTable(ownResponses(route.operation, document), document)}
</section>`;
}

const parametersTable = (parameters: readonly Parameter[]): Html =>
  html`<h4>Parameters</h4><table>${parameters.map(
    ({ name, in: place, required, schema, description = schema.description ?? '' }) =>
      propertyRow(`${name} (${place})`, { ...schema, description }, required),
  )}</table>`;

function bodyTable({ required, content }: Operation['requestBody'] & object): Html {
  const [schema = {}] = Object.values(content).map((type) => type.schema);
  return html`<h4>Body${required ? '' : ', optional'}</h4>${schemaTable(schema)}`;
}

type Responses = Operation['responses'];

/** Lists responses by status. The description of a problem has its codes. */
const responsesTable = (responses: Responses, document: OpenApiDocument): Html =>
  html`<table>${Object.entries(responses).map(([status, response]) => {
    const { description, headers = {}, content = {} } = resolved(response, document);
    const types = Number(status) < 400 ? Object.entries(content) : [];
    return html`<tr><td><code>${status}</code></td><td>${prose(description)}
${types.map(([type, { schema }]) => html`<br>${typeOf(schema)} <span class="quiet">${type}</span>`)}
${Object.entries(headers).map(
  ([name, header]) => html`<br><code>${name}</code>: ${prose(header.description)}`,
)}</td></tr>`;
  })}</table>`;

function resolved(response: Response | Reference, { components }: OpenApiDocument): Response {
  if (!('$ref' in response)) return response;
  return components.responses[response.$ref.split('/').at(-1) ?? ''] ?? { description: '' };
}

/** Returns the responses of every route whose problems have the common form. The page lists them once. */
function commonResponses(document: OpenApiDocument): Responses {
  const [first, ...others] = Object.values(document.paths)
    .flatMap((operations) => Object.values(operations))
    .map(({ responses }) => responses)
    .filter((responses) => hasCommonProblems(responses, document));
  return Object.fromEntries(
    Object.entries({ ...first }).filter(([status, response]) =>
      others.every((responses) => isDeepStrictEqual(responses[status], response)),
    ),
  );
}

function ownResponses({ responses }: Operation, document: OpenApiDocument): Responses {
  const common = commonResponses(document);
  return Object.fromEntries(
    Object.entries(responses).filter(
      ([status, response]) => !isDeepStrictEqual(common[status], response),
    ),
  );
}

const hasCommonProblems = (responses: Responses, document: OpenApiDocument): boolean =>
  Object.values(responses).some(
    (response) => 'application/problem+json' in (resolved(response, document).content ?? {}),
  );

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

/** Exactly the text that was hashed, or the policy would refuse it. */
const STYLE_ELEMENT = { html: `<style>${STYLE}</style>` };

/** Allows this style and nothing else: no script, no image, no request. */
const CONTENT_SECURITY_POLICY = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
