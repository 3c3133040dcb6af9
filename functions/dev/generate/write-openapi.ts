import { createConfig, lintFromString } from '@redocly/openapi-core';
import { openApiDocument } from '../../api/openapi/document.ts';
import { VERSION } from '../../version.ts';
import { writeGenerated } from '../script.ts';

const EXCEPTIONS = [
  // This route answers with an address: 303.
  '#/paths/~1tasks~1{id}~1file/get/responses Operation must have at least one `2XX` response.',
];

/** Lists what the linter's recommended rules report about a document, warnings included. */
export async function lintProblems(source: string): Promise<string[]> {
  const config = await createConfig({ extends: ['recommended'] });
  const problems = await lintFromString({ source, absoluteRef: 'openapi.json', config });
  return problems
    .map(({ ruleId, message, location: [place] }) => {
      const pointer = place && 'pointer' in place ? place.pointer : '';
      return `  - ${pointer} ${message} (${ruleId})`;
    })
    .filter((problem) => !EXCEPTIONS.some((exception) => problem.includes(exception)));
}

/**
 * Writes docs/openapi.json; `--check` only compares. Both lint it. The document describes tasks in
 * general: a deployment serves its own at /openapi.json, with a schema for each of its tasks.
 */
async function main(): Promise<void> {
  const auth = { type: 'iam' as const, admins: [] };
  const document = openApiDocument({ version: VERSION, auth, contracts: [] });
  const source = `${JSON.stringify(document, null, 2)}\n`;
  writeGenerated('docs/openapi.json', source, 'npm run openapi');
  const problems = await lintProblems(source);
  if (problems.length === 0) return;
  process.stderr.write(`The OpenAPI document breaks rules:\n${problems.join('\n')}\n`);
  process.exitCode = 1;
}

if (import.meta.main) await main();
