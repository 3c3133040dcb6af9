import type { OpenApiDocument, SecurityScheme } from '../openapi/openapi-types.ts';
import { answersTable, commonAnswers } from './answers.ts';
import { type Html, html, prose } from './html.ts';
import { operationSection } from './operation.ts';
import { routeHeading, routesOf } from './route.ts';
import { schemaTable } from './schema.ts';
import { STYLE_ELEMENT } from './style.ts';

/** The document for people: one page that loads nothing and runs nothing. */
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
      (route) => html`<a href="#${route.operation.operationId}">${routeHeading(route)}</a>`,
    )}`,
)}
<h2>Schemas</h2>${schemas.map(([name]) => html`<a href="#schema-${name}">${name}</a>`)}</nav>
<main id="top"><h1>${info.title} <span class="quiet">${info.version}</span></h1>
<p>${prose(info.description)}</p>
<p>${prose('In the examples `$API` is the address of this page, without `/docs`.')}</p>
${Object.values(components.securitySchemes).map(howToAuthenticate)}
<p>Every route may also answer, unless it says otherwise:</p>${answersTable(commonAnswers(document), document)}
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
    `Every request wants: ${scheme['description'] ?? scheme.type} The local stack does without.`,
  )}</p>${isSigned ? html`<pre>${SIGNING}</pre>` : undefined}`;
}
