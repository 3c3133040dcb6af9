import { openApiDocument } from '../../api/openapi/document.ts';
import { VERSION } from '../../version.ts';
import { writeGenerated } from '../script.ts';
import { lintProblems } from './lint-openapi.ts';

/**
 * Writes docs/openapi.json; `--check` only compares. Both lint it. The document describes tasks in
 * general: a deployment serves its own at /openapi.json, with a schema for each of its tasks.
 */
const auth = { type: 'iam' as const, admins: [] };
const document = openApiDocument({ version: VERSION, auth, contracts: [] });
const source = `${JSON.stringify(document, null, 2)}\n`;
writeGenerated('docs/openapi.json', source, 'npm run openapi');

const problems = await lintProblems(source);
if (problems.length > 0) {
  process.stderr.write(`The OpenAPI document breaks rules:\n${problems.join('\n')}\n`);
  process.exitCode = 1;
}
