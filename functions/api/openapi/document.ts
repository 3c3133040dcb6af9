import * as z from 'zod';
import type { TaskQueueConfig } from '../../../shared/config/config.ts';
import { type Components, createComponents } from './components.ts';
import type { OpenApiDocument, Operation, Parameter } from './openapi-types.ts';
import { createResponses, type ResponseComponents } from './responses.ts';
import { type AnyRouteDoc, TAGS } from './route-doc.ts';
import { routeDocs } from './route-docs.ts';
import { securityOf } from './security.ts';

export type DocumentOptions = {
  /** Of the API: that of the package. */
  readonly version: string;
  readonly auth: TaskQueueConfig['auth'];
};

const DESCRIPTION =
  'JSON in, JSON out. Errors are `application/problem+json` (RFC 9457) with a stable `code`. ' +
  'Lengths of text are those of JavaScript: UTF-16 code units. ' +
  'The caller owns what it enqueues and sees nothing else, unless it is an admin.';

/** The whole API as OpenAPI 3.1, from the route table, the routes' docs and the tasks' contracts. */
export function openApiDocument({ version, auth }: DocumentOptions): OpenApiDocument {
  const components = createComponents();
  const responses = createResponses(components);
  const { security, securitySchemes } = securityOf(auth);
  const paths: Record<string, Record<string, Operation>> = {};
  for (const [key, doc] of Object.entries<AnyRouteDoc>(routeDocs)) {
    const [method = '', path = ''] = key.split(' ');
    paths[path] = {
      ...paths[path],
      [method.toLowerCase()]: operationOf(doc, components, responses),
    };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Task queue',
      version,
      description: DESCRIPTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }], // where the document is
    security,
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: sorted(components.schemas),
      responses: sorted(responses.responses),
      securitySchemes,
    },
  };
}

function operationOf(
  doc: AnyRouteDoc,
  components: Components,
  { responsesOf }: ResponseComponents,
): Operation {
  const { operationId, tag, summary, description, path = {}, query, headers, body } = doc;
  const parameters = [
    ...parametersIn('path', z.object(path), components),
    ...(query ? parametersIn('query', query, components) : []),
    ...(headers ? parametersIn('header', headers, components) : []),
  ];
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: {
        required: !doc.isBodyOptional,
        content: { 'application/json': { schema: components.schemaOf(body, 'input') } },
      },
    }),
    responses: responsesOf(doc),
  };
}

function parametersIn(
  place: Parameter['in'],
  schema: z.ZodObject,
  { schemaOf }: Components,
): Parameter[] {
  const { properties = {}, required = [] } = schemaOf(schema, 'input');
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: required.includes(name),
    ...(description !== undefined && { description }),
    schema: rest,
  }));
}

/** So that the order of the routes does not show in the components. */
const sorted = <Value>(record: Readonly<Record<string, Value>>): Record<string, Value> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
