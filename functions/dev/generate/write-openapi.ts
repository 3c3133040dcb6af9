import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openApiDocument } from '../../api/openapi/document.ts';
import { VERSION } from '../../version.ts';
import { lintProblems } from './lint-openapi.ts';

/**
 * Writes docs/openapi.json; `--check` only compares. Both lint it. The document describes tasks in
 * general: a deployment serves its own at /openapi.json, with a schema for each of its tasks.
 */
const FILE = fileURLToPath(new URL('../../../docs/openapi.json', import.meta.url));

const auth = { type: 'iam' as const, admins: [] };
const document = openApiDocument({ version: VERSION, auth, contracts: [] });
const source = `${JSON.stringify(document, null, 2)}\n`;

if (!process.argv.includes('--check')) writeFileSync(FILE, source);
else if (readFileSync(FILE, 'utf8') !== source)
  fail('The document is out of date: npm run openapi');

const problems = await lintProblems(source);
if (problems.length > 0) fail(`The document breaks rules:\n${problems.join('\n')}`);

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
