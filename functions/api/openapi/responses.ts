import { STATUS_CODES } from 'node:http';
import * as z from 'zod';
import { oneOf, type Shape } from '../../../shared/api/schemas.ts';
import type { Problem } from '../../../shared/api/views.ts';
import { defined } from '../../../shared/defined.ts';
import type { FieldProblem } from '../../../shared/errors.ts';
import { type ProblemCode, STATUS_BY_CODE } from '../problem.ts';
import type { Components } from './components.ts';
import type { Content, Operation, Reference, Response, Schema } from './openapi-types.ts';
import type { AnyRouteDoc, ResponseDoc } from './route-doc.ts';

type Code = ProblemCode | 'INTERNAL';
const statusOf = (code: Code): number => (code === 'INTERNAL' ? 500 : STATUS_BY_CODE[code]);

const CODES_OF_EVERY_ROUTE: readonly Code[] = [
  'UNAUTHENTICATED',
  'OWNER_CLAIM_INVALID',
  'QUERY_INVALID',
  'INTERNAL',
];
const CODES_OF_A_BODY: readonly Code[] = ['BODY_MALFORMED', 'BODY_TOO_LARGE', 'BODY_INVALID'];

/** Responses of API Gateway itself: not signed, too many requests, no answer in time. */
const GATEWAY_STATUSES = [403, 429, 500, 503];
const GATEWAY_STATUSES_OF_A_BODY = [413];

/** Collects the responses that several routes share. */
export type ResponseComponents = {
  readonly responses: Readonly<Record<string, Response>>;
  responsesOf(doc: AnyRouteDoc): Operation['responses'];
};

export function createResponses({ schemaOf }: Components): ResponseComponents {
  const responses: Record<string, Response> = {};
  const gateway: Content = {
    'application/json': { schema: schemaOf(gatewayMessageSchema, 'output') },
  };

  /** The problems of one status, and the response of API Gateway with the same status. */
  function refusal(
    status: number,
    codes: readonly Code[],
    { problemSchema: own, body }: AnyRouteDoc,
  ): Reference {
    const isGateway = [...GATEWAY_STATUSES, ...(body ? GATEWAY_STATUSES_OF_A_BODY : [])].includes(
      status,
    );
    const name = `${own?.meta()?.['id'] ?? ''}${codes.map(pascalCase).join('Or') || `Gateway${status}`}`;
    responses[name] = {
      description:
        codes.map((code) => `\`${code}\``).join(' or ') ||
        `${STATUS_CODES[status]}, from API Gateway`,
      content: {
        ...(isGateway ? gateway : {}),
        ...(codes.length > 0 ? problemContent(status, codes, own) : {}),
      },
    };
    return { $ref: `#/components/responses/${name}` };
  }

  const problemContent = (status: number, codes: readonly Code[], own?: z.ZodType): Content =>
    own
      ? { 'application/json': { schema: schemaOf(z.union([own, gatewayMessageSchema]), 'output') } }
      : {
          'application/problem+json': {
            schema: withCodes(schemaOf(problemSchema, 'output'), status, codes),
          },
        };

  return {
    responses,
    responsesOf: (doc) => {
      const codes = Map.groupBy(codesOf(doc), statusOf);
      const statuses = new Set([...codes.keys(), ...GATEWAY_STATUSES]);
      return Object.fromEntries([
        ...Object.entries(doc.responses).map(([status, response]) => [
          status,
          responseOf(schemaOf, response),
        ]),
        ...[...statuses].map((status) => [status, refusal(status, codes.get(status) ?? [], doc)]),
      ]);
    },
  };
}

const codesOf = ({ problems, body }: AnyRouteDoc): Code[] => [
  ...CODES_OF_EVERY_ROUTE,
  ...(body ? CODES_OF_A_BODY : []),
  ...problems,
];

const withCodes = (problem: Schema, status: number, codes: readonly Code[]): Schema => ({
  allOf: [problem, { properties: { status: { const: status }, code: { enum: codes } } }],
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
  return defined({
    description,
    headers: described.length > 0 ? Object.fromEntries(described) : undefined,
    content: hasContent
      ? { [contentType]: { schema: schemaOf(schema ?? z.string(), 'output') } }
      : undefined,
  });
}

/** `TASK_NOT_FOUND` → `TaskNotFound` */
const pascalCase = (code: string): string =>
  code
    .toLowerCase()
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

const fieldProblemSchema = z
  .strictObject({
    path: z.string().describe('The field, e.g. `parameters.rows[2]`. Empty for the whole input.'),
    message: z.string(),
  } satisfies Shape<FieldProblem>)
  .meta({ id: 'FieldProblem' });

export const problemSchema = z
  .strictObject({
    type: z.literal('about:blank'),
    title: z.string().describe('The status in words.'),
    status: z.int().min(400).max(599),
    code: oneOf({ ...STATUS_BY_CODE, INTERNAL: 500 }).describe('Stable. Switch on it.'),
    detail: z.string().describe('A message for people.'),
    errors: z.array(fieldProblemSchema).exactOptional().describe('Every field that is wrong.'),
  } satisfies Shape<Problem>)
  .meta({ id: 'Problem', description: 'An RFC 9457 problem with a code of this API.' });

/** The response of API Gateway itself, when the request does not reach the API. */
const gatewayMessageSchema = z
  .object({ message: z.string() })
  .meta({ id: 'GatewayMessage', description: 'A response of API Gateway itself.' });
