import * as z from 'zod';
import { oneOf, type Shape } from '../../../shared/api/schemas.ts';
import type { Problem } from '../../../shared/api/views.ts';
import type { FieldProblem } from '../../../shared/errors.ts';
import { STATUS_BY_CODE } from '../problem.ts';

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
export const gatewayMessageSchema = z
  .object({ message: z.string() })
  .meta({ id: 'GatewayMessage', description: 'A response of API Gateway itself.' });
