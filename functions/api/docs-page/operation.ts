import type { OpenApiDocument, Operation, Parameter } from '../openapi/openapi-types.ts';
import { answersTable, ownAnswers } from './answers.ts';
import { curlExamples } from './curl.ts';
import { type Html, html, prose } from './html.ts';
import { type Route, routeHeading } from './route.ts';
import { propertyRow, schemaTable } from './schema.ts';

/** All that a caller needs to know about a route. */
export function operationSection(route: Route, document: OpenApiDocument): Html {
  const { operationId, summary, description = '', parameters, requestBody } = route.operation;
  return html`<section id="${operationId}"><h3>${routeHeading(route)}</h3>
<p>${prose(`${summary}. ${description}`)}</p>
${parameters && parametersTable(parameters)}
${requestBody && bodyTable(requestBody)}
<h4>Example</h4>${curlExamples(route, document)}
<h4>Answers</h4>${answersTable(ownAnswers(route.operation, document), document)}
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
