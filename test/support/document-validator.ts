import { Ajv2020 } from 'ajv/dist/2020.js';
import { contracts } from '#tasks/contracts';
import { openApiDocument } from '../../functions/api/openapi/document.ts';
import type {
  OpenApiDocument,
  Operation,
  Reference,
  Response,
} from '../../functions/api/openapi/openapi-types.ts';
import { VERSION } from '../../functions/version.ts';

/** The document of the API that runs this repository's tasks. */
export const document: OpenApiDocument = openApiDocument({
  version: VERSION,
  auth: { type: 'iam', admins: [] },
  contracts,
});

export type Answer = {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
};

const ajv = new Ajv2020({ strict: false, validateFormats: false, validateSchema: false });
ajv.addSchema(document, 'document');

/** Checks a value by a schema of the document. @returns what is wrong with it */
export function schemaProblem(pointer: string, value: unknown): string | undefined {
  const validate = ajv.getSchema(`document#${pointer}`);
  if (!validate) throw new Error(`There is no schema at ${pointer}.`);
  return validate(value) ? undefined : ajv.errorsText(validate.errors);
}

/** Returns how an answer of a route such as `GET /tasks/{id}` contradicts the document. */
export function answerProblem(route: string, answer: Answer): string | undefined {
  const { status, text } = answer;
  const { responses, pointer } = operationOf(route);
  const response = responses[status];
  if (!response) return `status ${status} is not in the document`;
  const place = '$ref' in response ? response.$ref.slice(1) : `${pointer}/responses/${status}`;
  const [mediaType = ''] = answer.contentType.split(';');
  const { content } = resolved(response);
  if (!content) return text === '' ? undefined : 'there should be no body';
  if (!content[mediaType]) return `content type ${mediaType} is not in the document`;
  const body: unknown = mediaType.endsWith('json') ? JSON.parse(text) : text;
  return schemaProblem(`${place}/content/${escaped(mediaType)}/schema`, body);
}

/** @throws {Error} unless the answer is as the document says; that of no route is a problem */
export function assertDocumented(route: string, answer: Answer): void {
  if (route.startsWith('OPTIONS ')) return; // a preflight
  const problem =
    route === '$default'
      ? schemaProblem('/components/schemas/Problem', JSON.parse(answer.text))
      : answerProblem(route, answer);
  if (problem === undefined) return;
  throw new Error(`${route} answered ${answer.status} ${answer.text}, but ${problem}`);
}

function operationOf(route: string): Operation & { readonly pointer: string } {
  const [method = '', path = ''] = route.split(' ');
  const operation = document.paths[path]?.[method.toLowerCase()];
  if (!operation) throw new Error(`${route} is not in the document.`);
  return { ...operation, pointer: `/paths/${escaped(path)}/${method.toLowerCase()}` };
}

const resolved = (response: Response | Reference): Partial<Response> =>
  '$ref' in response
    ? { ...document.components.responses[response.$ref.split('/').at(-1) ?? ''] }
    : response;

/** A key in a JSON pointer that is part of an address. */
const escaped = (key: string): string =>
  encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'));
