import { expect, test } from 'vitest';
import { contentDisposition } from '../../shared/s3/file-store.ts';

test.each([
  ['results.csv', `attachment; filename="results.csv"; filename*=UTF-8''results.csv`],
  ['a b', `attachment; filename="a b"; filename*=UTF-8''a%20b`],
  ['"; x=', `attachment; filename="_; x="; filename*=UTF-8''%22%3B%20x%3D`],
  ["it's (1)*", `attachment; filename="it's (1)*"; filename*=UTF-8''it%27s%20%281%29%2A`],
  ['50%.csv', `attachment; filename="50_.csv"; filename*=UTF-8''50%25.csv`],
  ['für 🙂', `attachment; filename="f_r _"; filename*=UTF-8''f%C3%BCr%20%F0%9F%99%82`],
])('a file is saved as "%s"', (name, header) => {
  expect(contentDisposition(name)).toBe(header);
});
