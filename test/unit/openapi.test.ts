import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { resolverOf, sampleOf } from '../../functions/api/docs-page/schema.ts';
import { createComponents } from '../../functions/api/openapi/components.ts';
import { openApiDocument } from '../../functions/api/openapi/document.ts';
import type { OpenApiDocument } from '../../functions/api/openapi/openapi-types.ts';
import { createResponses } from '../../functions/api/openapi/responses.ts';
import { STATUS_BY_CODE } from '../../functions/api/problem.ts';
import { lintProblems } from '../../functions/dev/generate/write-openapi.ts';
import { ROUTES } from '../../shared/deployment/routes.ts';
import { document, schemaProblem } from '../support/document-validator.ts';
import { contracts } from '../tasks/contracts.ts';

const options = {
  version: '1.2.3',
  auth: { type: 'iam' as const, admins: [] },
  contracts,
};

describe('the document', () => {
  test('has every route of the route table, and no other', () => {
    const { paths } = openApiDocument(options);

    const routes = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );

    expect(routes.sort()).toEqual(ROUTES.map(({ method, path }) => `${method} ${path}`).sort());
  });

  test('is the same to the letter whenever it is made', () => {
    expect(JSON.stringify(openApiDocument(options))).toBe(JSON.stringify(openApiDocument(options)));
  });

  test('wants the authoriser of the configuration for every route', () => {
    const { security, components } = openApiDocument(options);

    expect(security).toEqual([{ iam: [] }]);
    expect(components.securitySchemes['iam']).toMatchObject({
      'x-amazon-apigateway-authtype': 'awsSigv4',
    });
  });

  test('has a schema for each task name, found by the name', () => {
    const { NewTask } = document.components.schemas;

    expect(NewTask).toMatchObject({
      oneOf: contracts.map(() => ({ $ref: expect.any(String) })),
      discriminator: {
        propertyName: 'name',
        mapping: { 'export-results': '#/components/schemas/ExportResultsTask' },
      },
    });
    expect(document.components.schemas['ExportResultsTask']).toMatchObject({
      properties: {
        name: { const: 'export-results' },
        parameters: { properties: { rows: { type: 'integer', minimum: 1, maximum: 1_000_000 } } },
      },
      additionalProperties: false,
    });
  });

  test.each(contracts.map(({ name }) => name))(
    'has an example of %s that it allows itself',
    (name) => {
      const resolve = resolverOf(document);
      const { oneOf = [] } = document.components.schemas['NewTask'] ?? {};

      const samples = oneOf.map((schema) => sampleOf(schema, resolve) as { name: string });
      const sample = samples.find((one) => one.name === name);

      expect(schemaProblem('/components/schemas/NewTask', sample)).toBeUndefined();
    },
  );

  test('describes tasks in general when it is made without contracts', () => {
    const { NewTask } = openApiDocument({ ...options, contracts: [] }).components.schemas;

    expect(NewTask).toMatchObject({
      properties: { name: { type: 'string' }, parameters: {} },
      required: ['name', 'parameters'],
    });
    expect(NewTask).not.toHaveProperty('oneOf');
  });

  test('names every code that a problem can have', () => {
    expect(document.components.schemas['Problem']?.properties?.['code']?.enum).toEqual([
      ...Object.keys(STATUS_BY_CODE),
      'INTERNAL',
    ]);
  });
});

test('the linter finds what is wrong with a document', async () => {
  const good = openApiDocument(options);
  const bad = JSON.parse(JSON.stringify(good)) as { paths: OpenApiDocument['paths'] };
  Object.assign(bad.paths['/stats']?.['get'] ?? {}, { operationId: 'getTask', responses: {} });

  expect(await lintProblems(JSON.stringify(good))).toEqual([]);
  expect((await lintProblems(JSON.stringify(bad))).join()).toMatch(
    /operation-2xx-response.*operation-operationId-unique|operation-operationId-unique.*operation-2xx-response/s,
  );
});

describe('the components', () => {
  test('are identified by their names: two different ones with the same name are refused', () => {
    const { schemaOf } = createComponents();
    schemaOf(z.strictObject({ a: z.string() }).meta({ id: 'Twice' }), 'output');

    const again = () => schemaOf(z.strictObject({ b: z.int() }).meta({ id: 'Twice' }), 'output');

    expect(again).toThrow('Two different schemas are named Twice.');
  });

  test('describe a request as it is sent, an answer as it is received', () => {
    const { schemaOf } = createComponents();
    const schema = z.object({ rows: z.int().default(5), at: z.string().transform(Number) });

    expect(schemaOf(schema, 'input')).toMatchObject({
      properties: { rows: { default: 5 }, at: { type: 'string' } },
      required: ['at'],
    });
  });

  test('let a route answer its problems in a form of its own', () => {
    const components = createComponents();
    const { responses, responsesOf } = createResponses(components);
    const problemSchema = z.strictObject({ success: z.literal(false) }).meta({ id: 'Failure' });

    const answers = responsesOf({
      operationId: 'getOld',
      tag: { name: 'Tasks', description: 'Tasks.' },
      summary: 'Get it as ever',
      responses: { 200: { description: 'It.' } },
      problems: ['TASK_NOT_FOUND'],
      problemSchema,
    });

    expect(answers[404]).toEqual({ $ref: '#/components/responses/FailureTaskNotFound' });
    expect(Object.keys(responses['FailureTaskNotFound']?.content ?? {})).toEqual([
      'application/json',
    ]);
  });
});
