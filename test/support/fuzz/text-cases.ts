import { resolverOf, sampleOf } from '../../../functions/api/docs-page/schema.ts';
import type { Schema } from '../../../functions/api/openapi/openapi-types.ts';
import { document } from '../document-validator.ts';
import { NASTY_TEXTS } from './nasty.ts';
import {
  type FuzzRequest,
  filledIn,
  type Known,
  percentEncoded,
  type Route,
} from './request-arbitrary.ts';

const resolve = resolverOf(document);

/** Each nasty text in each place of a route's query and body that takes text, in a request that is valid otherwise. */
export function textCases({ method, path, operation }: Route, known: Known): FuzzRequest[] {
  const { parameters = [], requestBody } = operation;
  const ids = Object.fromEntries(
    parameters.filter((one) => one.in === 'path').map(({ name }) => [name, known[name]?.[0] ?? '']),
  );
  const base = {
    method,
    path: filledIn(path, ids),
    headers: { 'x-local-user': 'root' }, // who may name any owner
    mayMissRoute: false,
  };
  const queries = parameters
    .filter((one) => one.in === 'query')
    .flatMap(({ name }) => NASTY_TEXTS.map((text) => `${name}=${percentEncoded(text)}`));
  const schema = requestBody?.content['application/json']?.schema;
  const bodies = schema ? valuesWithText(schema) : [];
  return [
    ...queries.map((query) => ({ ...base, path: `${base.path}?${query}` })),
    ...bodies.map((json) => ({ ...base, json, body: Buffer.from(JSON.stringify(json)) })),
  ];
}

function valuesWithText(schema: Schema): readonly unknown[] {
  const resolved = resolve(schema);
  const { properties, items, type, enum: values } = resolved;
  const options = resolved.oneOf ?? resolved.anyOf;
  if (options) return options.flatMap(valuesWithText);
  if (items) return valuesWithText(items).map((item) => [item]);
  if (properties) {
    const base = sampleOf(resolved, resolve) as object;
    return Object.entries(properties).flatMap(([name, property]) =>
      valuesWithText(property).map((value) => ({ ...base, [name]: value })),
    );
  }
  const takesText = (type ?? 'string') === 'string' && !values && !('const' in resolved);
  return takesText ? NASTY_TEXTS : [];
}
