import * as z from 'zod';
import type { TaskQueueConfig } from '../../../shared/config/config.ts';
import { defined } from '../../../shared/defined.ts';
import { taoDocs } from '../../../shared/tao/api-docs.ts'; // TAO
import type { TaskDefinition } from '../../../shared/task/task-definition.ts';
import { enqueueTaskDoc } from '../enqueue-task-docs.ts';
import {
  getTaskDoc,
  getTaskFileDoc,
  getTaskReportDoc,
  getTaskStatusDoc,
} from '../get-task-docs.ts';
import {
  archiveTaskDoc,
  archiveTasksDoc,
  cancelTaskDoc,
  cancelTasksDoc,
  retryTaskDoc,
} from '../manage-tasks-docs.ts';
import {
  getExecutionTimesDoc,
  getStatsDoc,
  listQueuesDoc,
  listTasksDoc,
} from '../overview-docs.ts';
import { type Components, createComponents } from './components.ts';
import type { OpenApiDocument, Operation, Parameter, SecurityScheme } from './openapi-types.ts';
import { createResponses, type ResponseComponents } from './responses.ts';
import { type AnyRouteDoc, REFERENCE, type RouteDocs } from './route-doc.ts';

type Auth = TaskQueueConfig['auth'];

export type DocumentOptions = {
  /** The version of the API, which is that of the package. */
  readonly version: string;
  readonly auth: Auth;
  /** The tasks to describe. None: the document describes tasks in general. */
  readonly contracts: readonly TaskDefinition[];
};

const DESCRIPTION =
  'JSON in, JSON out. Errors are `application/problem+json` (RFC 9457) with a stable `code`. ' +
  'Lengths of text are in UTF-16 code units, as in JavaScript. ' +
  'Callers own the tasks they enqueue. They see no other tasks, unless they are admins.';

/** The documentation of every route, in the order of the document. */
const routeDocs = (contracts: readonly TaskDefinition[]): RouteDocs => ({
  'POST /tasks': enqueueTaskDoc(contracts),
  'GET /tasks': listTasksDoc,
  'GET /tasks/{id}': getTaskDoc,
  'GET /tasks/{id}/status': getTaskStatusDoc,
  'GET /tasks/{id}/report': getTaskReportDoc,
  'GET /tasks/{id}/file': getTaskFileDoc,
  'POST /tasks/{id}/cancel': cancelTaskDoc,
  'POST /tasks/{id}/archive': archiveTaskDoc,
  'POST /tasks/{id}/retry': retryTaskDoc,
  'POST /tasks/cancel': cancelTasksDoc,
  'POST /tasks/archive': archiveTasksDoc,
  'GET /queues': listQueuesDoc,
  'GET /stats': getStatsDoc,
  'GET /stats/execution-times': getExecutionTimesDoc,
  ...taoDocs, // TAO
  'GET /openapi.json': {
    operationId: 'getOpenApi',
    tag: REFERENCE,
    summary: 'Get this document: OpenAPI 3.1',
    responses: {
      200: { description: 'The document.', schema: z.looseObject({ openapi: z.string() }) },
    },
    problems: [],
  },
  'GET /docs': {
    operationId: 'getDocs',
    tag: REFERENCE,
    summary: 'Read this document as a page',
    responses: { 200: { description: 'One page of HTML.', contentType: 'text/html' } },
    problems: [],
  },
});

/** Makes the OpenAPI 3.1 document from the documentation of the routes and the task contracts. */
export function openApiDocument({ version, auth, contracts }: DocumentOptions): OpenApiDocument {
  const components = createComponents();
  const responses = createResponses(components);
  const docs = Object.entries<AnyRouteDoc>(routeDocs(contracts));
  const paths: Record<string, Record<string, Operation>> = {};
  for (const [key, doc] of docs) {
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
    servers: [{ url: '/' }], // relative to the address of the document
    security: [{ [auth.type]: [] }], // no route is public
    tags: [...new Set(docs.map(([, { tag }]) => tag))],
    paths,
    components: {
      schemas: sorted(components.schemas),
      responses: sorted(responses.responses),
      securitySchemes: { [auth.type]: securityScheme(auth) },
    },
  };
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authtype.html */
const SIGNATURE: SecurityScheme = {
  type: 'apiKey',
  name: 'Authorization',
  in: 'header',
  description: 'Signature Version 4 with AWS credentials, for the service `execute-api`.',
  'x-amazon-apigateway-authtype': 'awsSigv4',
};

const securityScheme = (auth: Auth): SecurityScheme =>
  auth.type === 'iam'
    ? SIGNATURE
    : {
        type: 'openIdConnect',
        openIdConnectUrl: `${auth.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
        description: 'A token: `authorization: Bearer …`.',
      };

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
  return defined({
    operationId,
    tags: [tag.name],
    summary,
    description,
    parameters: parameters.length > 0 ? parameters : undefined,
    requestBody: body && {
      required: !doc.isBodyOptional,
      content: { 'application/json': { schema: components.schemaOf(body, 'input') } },
    },
    responses: responsesOf(doc),
  });
}

function parametersIn(
  place: Parameter['in'],
  schema: z.ZodObject,
  { schemaOf }: Components,
): Parameter[] {
  const { properties = {}, required = [] } = schemaOf(schema, 'input');
  return Object.entries(properties).map(([name, { description, ...rest }]) =>
    defined({ name, in: place, required: required.includes(name), description, schema: rest }),
  );
}

/** Sorts by key, so that the components do not depend on the order of the routes. */
const sorted = <Value>(record: Readonly<Record<string, Value>>): Record<string, Value> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
