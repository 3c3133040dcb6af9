import { createConfig, lintFromString } from '@redocly/openapi-core';

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
