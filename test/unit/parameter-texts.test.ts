import { expect, test } from 'vitest';
import * as z from 'zod';
import { type ParameterText, parametersOfTexts } from '../../shared/task/parameter-texts.ts';
import { defineTask } from '../../shared/task/task-definition.ts';
import { computeStatistics } from '../tasks/compute-statistics.ts';

const task = defineTask({
  name: 'all-kinds',
  parameters: z.strictObject({
    text: z.string(),
    count: z.int(),
    ratio: z.number().optional(),
    isUrgent: z.boolean(),
    colour: z.enum(['red', '7']),
    level: z.literal([1, 2]),
    nothing: z.string().nullable(),
    either: z.union([z.string(), z.number()]),
    tags: z.array(z.string()),
    numbers: z.array(z.number()).default([]),
    options: z.object({ deep: z.boolean() }),
    whatever: z.unknown(),
    date: z.date(),
  }),
});

const parsed = (...texts: ParameterText[]) => parametersOfTexts(task, texts);

test.each<[string, string, unknown]>([
  ['text', '7', '7'],
  ['text', '{"a":1}', '{"a":1}'],
  ['text', '', ''],
  ['count', '7', 7],
  ['count', '-2', -2],
  ['ratio', '0.5', 0.5],
  ['isUrgent', 'true', true],
  ['colour', '7', '7'],
  ['level', '2', 2],
  ['nothing', 'null', null],
  ['nothing', '7', '7'],
  ['either', '7', 7],
  ['either', 'seven', 'seven'],
  ['tags', '["a","b"]', ['a', 'b']],
  ['tags', 'a', ['a']],
  ['tags', '7', ['7']],
  ['numbers', '7', [7]],
  ['options', '{"deep":true}', { deep: true }],
  ['whatever', '7', 7],
  ['whatever', '[1]', [1]],
  ['whatever', 'a,b', 'a,b'],
  ['date', '2026-11-24', '2026-11-24'],
  ['unknown', '7', 7],
  ['__proto__', '7', 7],
])('%s=%s is read as the schema wants it', (name, text, expected) => {
  const parameters = parsed([name, text]);

  expect(Object.entries(parameters)).toEqual([[name, expected]]);
});

test('what fits no type stays text, for the schema to refuse', () => {
  expect(parsed(['count', 'many'], ['isUrgent', 'yes'], ['options', '{deep'])).toEqual({
    count: 'many',
    isUrgent: 'yes',
    options: '{deep',
  });
});

test('a parameter that repeats is an array', () => {
  expect(parsed(['tags', 'a'], ['count', '1'], ['tags', '2'])).toEqual({
    tags: ['a', '2'],
    count: 1,
  });
  expect(
    parametersOfTexts(computeStatistics, [
      ['values', '1'],
      ['values', '2.5'],
    ]),
  ).toEqual({ values: [1, 2.5] });
});

test('a parameter may be in any form of a union', () => {
  const shapes = defineTask({
    name: 'shapes',
    parameters: z.union([
      z.object({ kind: z.literal('circle'), radius: z.number() }),
      z.object({ kind: z.literal('label'), text: z.string() }),
    ]),
  });

  expect(
    parametersOfTexts(shapes, [
      ['kind', 'circle'],
      ['radius', '3'],
      ['text', '3'],
    ]),
  ).toMatchObject({ kind: 'circle', radius: 3 });
});
