import { expect, test } from 'vitest';
import { didYouMean, suggest } from '../../functions/cli/kit/suggest.ts';

const TASKS = ['import-results', 'export-results', 'compute-statistics'];

test.each([
  ['improt-results', 'import-results'],
  ['exportresults', 'export-results'],
  ['Compute-Statistic', 'compute-statistics'],
])('for %s the name %s was probably meant', (word, meant) => {
  expect(suggest(word, TASKS)).toBe(meant);
});

test.each(['delete-everything', '', 'x'])('for %j nothing is suggested', (word) => {
  expect(suggest(word, TASKS)).toBeUndefined();
  expect(didYouMean(word, TASKS)).toBe('');
});

test('the closest name is suggested, in a sentence', () => {
  expect(didYouMean('export-result', TASKS)).toBe(' Did you mean "export-results"?');
});
