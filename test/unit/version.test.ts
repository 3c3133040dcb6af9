import { expect, test } from 'vitest';
import { VERSION } from '../../functions/version.ts';
import packageJson from '../../package.json' with { type: 'json' };

test('the version that the API tells is that of the package', () => {
  expect(VERSION).toBe(packageJson.version);
});
