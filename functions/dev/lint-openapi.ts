import { createConfig, lintFromString } from '@redocly/openapi-core';

/** What the linter's recommended rules say against a document, warnings included. */
export async function lintProblems(source: string): Promise<string[]> {
  const config = await createConfig({ extends: ['recommended'] });
  const problems = await lintFromString({ source, absoluteRef: 'openapi.json', config });
  return problems.map(({ ruleId, message, location: [place] }) => {
    const pointer = place && 'pointer' in place ? place.pointer : '';
    return `  - ${pointer} ${message} (${ruleId})`;
  });
}
