import fc from 'fast-check';
import type { Operation, Parameter } from '../../../functions/api/openapi/openapi-types.ts';
import { contentType, nastyBody, nastyEscape, nastyText } from './nasty.ts';
import { changedValue, validValue } from './schema-arbitrary.ts';

export type FuzzRequest = {
  readonly method: string;
  /** With its query, percent-encoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** The body, if it is intended to be JSON. */
  readonly json?: unknown;
  /** A path parameter is no plain text: the path may belong to another route, or to none. */
  readonly mayMissRoute: boolean;
};

export type Route = {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
};

/** Seconds that a caller waits are the test's time too. */
const WAITS = ['0', '-1', '1000', 'x', ''];

/** Values by the name of a parameter that no schema could make up, such as the ids of tasks. */
export type Known = Readonly<Record<string, readonly string[]>>;

/** Requests to a route: valid ones, ones with a single fault, and nonsense. */
export function requestTo(
  { method, path, operation }: Route,
  known: Known,
): fc.Arbitrary<FuzzRequest> {
  const named = (place: Parameter['in']) =>
    (operation.parameters ?? []).filter((one) => one.in === place);
  return fc
    .record({
      values: fc.record(
        Object.fromEntries(named('path').map((one) => [one.name, parameterValue(one, known)])),
      ),
      query: queryOf(named('query'), known),
      headers: headersOf(named('header')),
      user: fc.constantFrom('fuzz', 'root', 'root', 'other'),
      content: bodyOf(operation),
    })
    .map(({ values, query, headers, user, content }) => ({
      ...content,
      method,
      path: `${filledIn(path, values)}${query && `?${query}`}`,
      headers: { ...headers, ...content.headers, 'x-local-user': user },
      mayMissRoute: Object.entries(values).some(([name, value]) => !known[name]?.includes(value)),
    }));
}

export const filledIn = (path: string, values: Readonly<Record<string, string>>): string =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');

/** Percent-encoded. */
function parameterValue({ name, schema }: Parameter, known: Known): fc.Arbitrary<string> {
  if (name === 'wait') return fc.constantFrom(...WAITS);
  const values = known[name];
  const valid = values ? fc.constantFrom(...values) : validValue(schema).map(String);
  return fc.oneof(
    { weight: 3, arbitrary: valid.map(percentEncoded) },
    { weight: 1, arbitrary: fc.oneof(nastyText().map(percentEncoded), nastyEscape()) },
  );
}

/** Lone surrogates have no encoding; too long an address is refused by the HTTP server itself. */
export const percentEncoded = (text: string): string =>
  encodeURIComponent(text.slice(0, 500).toWellFormed());

/** Contains most required parameters, and any of the others, also twice. */
function queryOf(parameters: readonly Parameter[], known: Known): fc.Arbitrary<string> {
  const unknown = fc
    .tuple(nastyText(), nastyEscape())
    .map(([name, value]) => `${percentEncoded(name)}=${value}`);
  const field = (one: Parameter) => queryField(one, known);
  const required = parameters.filter((one) => one.required).map(field);
  const optional = fc.oneof(...parameters.map(field), unknown);
  return fc
    .tuple(
      fc.tuple(...required.map((one) => fc.option(one, { freq: 9, nil: undefined }))),
      fc.array(optional, { maxLength: 4 }),
    )
    .map(([some, more]) => [...some.filter((one) => one !== undefined), ...more].join('&'));
}

const queryField = (parameter: Parameter, known: Known): fc.Arbitrary<string> =>
  parameterValue(parameter, known).map((value) => `${parameter.name}=${value}`);

/** Only what HTTP can carry in a header. */
function headersOf(parameters: readonly Parameter[]): fc.Arbitrary<Record<string, string>> {
  const fields = parameters.map(({ name, schema }) =>
    fc
      .oneof(validValue(schema).map(String), nastyText())
      .map((text) => [name, text.replaceAll(/[^\x20-\x7e\xa0-\xff]/g, '').slice(0, 1000)]),
  );
  return fc
    .array(fc.oneof(...fields, fc.constant(undefined)), { maxLength: fields.length })
    .map((given) => Object.fromEntries(given.filter((field) => field !== undefined)));
}

type Body = {
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly json?: unknown;
};

function bodyOf({ requestBody }: Operation): fc.Arbitrary<Body> {
  const schema = requestBody?.content['application/json']?.schema;
  if (!schema) return fc.constant({ headers: {} });
  const json = fc
    .oneof(validValue(schema), changedValue(schema))
    .map((value) => JSON.stringify(value) ?? 'null')
    .map((text) => ({ body: Buffer.from(text), json: JSON.parse(text) as unknown }));
  const nonsense = nastyBody().map((bytes) => ({ body: bytes }));
  const body = fc.oneof<fc.WeightedArbitrary<Omit<Body, 'headers'>>[]>(
    { weight: 6, arbitrary: json },
    { weight: 1, arbitrary: nonsense },
  );
  return fc
    .tuple(body, contentType())
    .map(([content, type]) => ({ ...content, headers: { 'content-type': type } }));
}
