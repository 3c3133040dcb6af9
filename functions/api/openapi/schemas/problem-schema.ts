import * as z from 'zod';
import type { Problem } from '../../../../shared/api/views.ts';
import type { FieldProblem } from '../../../../shared/errors.ts';
import { STATUS_BY_CODE } from '../../problem.ts';
import { oneOf, type Shape } from './shape.ts';

const fieldProblemSchema = z
  .strictObject({
    path: z.string().describe('Where it is, e.g. `parameters.rows[2]`. Empty for the whole input.'),
    message: z.string(),
  } satisfies Shape<FieldProblem>)
  .meta({ id: 'FieldProblem' });

export const problemSchema = z
  .strictObject({
    type: z.literal('about:blank'),
    title: z.string().describe('The status in words.'),
    status: z.int().min(400).max(599),
    code: oneOf({ ...STATUS_BY_CODE, INTERNAL: 500 }).describe('Stable: switch on it.'),
    detail: z.string().describe('For people.'),
    errors: z.array(fieldProblemSchema).exactOptional().describe('Everything that is wrong.'),
  } satisfies Shape<Problem>)
  .meta({ id: 'Problem', description: 'RFC 9457, with a code of ours.' });

/** What API Gateway answers by itself, before our code is asked. */
export const gatewayMessageSchema = z
  .object({ message: z.string() })
  .meta({ id: 'GatewayMessage', description: 'Of API Gateway itself.' });
