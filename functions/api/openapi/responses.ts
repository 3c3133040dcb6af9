import { STATUS_CODES } from 'node:http';
import * as z from 'zod';
import { type ProblemCode, STATUS_BY_CODE } from '../problem.ts';
import type { Components } from './components.ts';
import type { Operation, Reference, Response, Schema } from './openapi-types.ts';
import type { AnyRouteDoc, ResponseDoc } from './route-doc.ts';
import { gatewayMessageSchema, problemSchema } from './schemas/problem-schema.ts';

type Code = ProblemCode | 'INTERNAL';
const statusOf = (code: Code): number => (code === 'INTERNAL' ? 500 : STATUS_BY_CODE[code]);

/** What API Gateway says without asking us: not signed, too many requests, no answer in time. */
const GATEWAY_STATUSES = [403, 429, 500, 503];
const GATEWAY_STATUSES_OF_BODIES = [413];

/** Collects the responses that several routes have in common. */
export type ResponseComponents = {
  readonly responses: Readonly<Record<string, Response>>;
  responsesOf(doc: AnyRouteDoc): Operation['responses'];
};

export function createResponses({ schemaOf }: Components): ResponseComponents {
  const responses: Record<string, Response> = {};

  function problemResponse(status: number, codes: readonly Code[], isGateway: boolean): Reference {
    const name = codes.length > 0 ? codes.map(pascalCase).join('Or') : `Gateway${status}`;
    responses[name] = {
      description:
        codes.length > 0 ? codes.map((code) => `\`${code}\``).join(' or ') : reason(status),
      content: {
        ...(codes.length > 0 && {
          'application/problem+json': { schema: problemWith(schemaOf, status, codes) },
        }),
        ...(isGateway && {
          'application/json': { schema: schemaOf(gatewayMessageSchema, 'output') },
        }),
      },
    };
    return { $ref: `#/components/responses/${name}` };
  }

  return {
    responses,
    responsesOf: (doc) => {
      const codes = Map.groupBy(codesOf(doc), statusOf);
      const gateway = [...GATEWAY_STATUSES, ...(doc.body ? GATEWAY_STATUSES_OF_BODIES : [])];
      const statuses = [...new Set([...codes.keys(), ...gateway])];
      return Object.fromEntries([
        ...Object.entries(doc.responses).map(([status, response]) => [
          status,
          responseOf(schemaOf, response),
        ]),
        ...statuses.map((status) => [
          status,
          problemResponse(status, codes.get(status) ?? [], gateway.includes(status)),
        ]),
      ]);
    },
  };
}

function codesOf({ problems, query, body }: AnyRouteDoc): Code[] {
  return [
    'UNAUTHENTICATED' as const,
    ...(query ? (['QUERY_INVALID'] as const) : []),
    ...(body ? (['BODY_MALFORMED', 'BODY_TOO_LARGE', 'BODY_INVALID'] as const) : []),
    ...problems,
    'INTERNAL' as const,
  ];
}

const problemWith = (
  schemaOf: Components['schemaOf'],
  status: number,
  codes: readonly Code[],
): Schema => ({
  allOf: [
    schemaOf(problemSchema, 'output'),
    { properties: { status: { const: status }, code: { enum: codes } } },
  ],
});

function responseOf(
  schemaOf: Components['schemaOf'],
  { description, schema, contentType = 'application/json', headers = {} }: ResponseDoc,
): Response {
  const described = Object.entries(headers).map(([name, text]) => [
    name,
    { description: text, schema: { type: 'string' } },
  ]);
  const hasContent = schema !== undefined || contentType !== 'application/json';
  return {
    description,
    ...(described.length > 0 && { headers: Object.fromEntries(described) }),
    ...(hasContent && {
      content: { [contentType]: { schema: schemaOf(schema ?? z.string(), 'output') } },
    }),
  };
}

const reason = (status: number): string => `${STATUS_CODES[status]}, says API Gateway`;

const pascalCase = (code: string): string =>
  code
    .toLowerCase()
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
