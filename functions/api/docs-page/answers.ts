import { isDeepStrictEqual } from 'node:util';
import type { OpenApiDocument, Operation, Reference, Response } from '../openapi/openapi-types.ts';
import { type Html, html, prose } from './html.ts';
import { typeOf } from './schema.ts';

type Answers = Operation['responses'];

/** By status. Problems have their codes in the description, and all the same schema. */
export const answersTable = (answers: Answers, document: OpenApiDocument): Html =>
  html`<table>${Object.entries(answers).map(([status, answer]) => {
    const { description, headers = {}, content = {} } = resolved(answer, document);
    const types = Number(status) < 400 ? Object.entries(content) : [];
    return html`<tr><td><code>${status}</code></td><td>${prose(description)}
${types.map(([type, { schema }]) => html`<br>${typeOf(schema)} <span class="quiet">${type}</span>`)}
${Object.entries(headers).map(
  ([name, header]) => html`<br><code>${name}</code>: ${prose(header.description)}`,
)}</td></tr>`;
  })}</table>`;

function resolved(answer: Response | Reference, { components }: OpenApiDocument): Response {
  if (!('$ref' in answer)) return answer;
  return components.responses[answer.$ref.split('/').at(-1) ?? ''] ?? { description: '' };
}

/** What every route may answer that has no form of its own, as TAO's have: to be told once. */
export function commonAnswers({ paths }: OpenApiDocument): Answers {
  const [first, ...others] = Object.values(paths)
    .flatMap((operations) => Object.values(operations))
    .filter(({ tags }) => !tags.includes('TAO'))
    .map(({ responses }) => responses);
  return Object.fromEntries(
    Object.entries({ ...first }).filter(([status, answer]) =>
      others.every((answers) => isDeepStrictEqual(answers[status], answer)),
    ),
  );
}

export function ownAnswers({ responses }: Operation, document: OpenApiDocument): Answers {
  const common = commonAnswers(document);
  return Object.fromEntries(
    Object.entries(responses).filter(
      ([status, answer]) => !isDeepStrictEqual(common[status], answer),
    ),
  );
}
