import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createConfig, formatProblems, getTotals, lintFromString } from '@redocly/openapi-core';
import packageJson from '../../package.json' with { type: 'json' };
import { loadConfig } from '../../shared/config/load-config.ts';
import { openApiDocument } from '../api/openapi/document.ts';

/** Writes the document that the API serves; `--check` only compares. Lints it in both cases. */
const FILE = fileURLToPath(new URL('../../docs/openapi.json', import.meta.url));
const CONFIG = fileURLToPath(new URL('../../task-queue.config.json', import.meta.url));

const { auth } = loadConfig(CONFIG);
const document = openApiDocument({ version: packageJson.version, auth });
const source = `${JSON.stringify(document, null, 2)}\n`;

const isChecking = process.argv.includes('--check');
if (!isChecking) writeFileSync(FILE, source);
else if (readFileSync(FILE, 'utf8') !== source)
  fail('The document is out of date: npm run openapi');

const config = await createConfig({ extends: ['recommended'] });
const problems = await lintFromString({ source, absoluteRef: FILE, config });
formatProblems(problems, { totals: getTotals(problems), format: 'stylish' });
if (problems.length > 0) fail('The document breaks rules of the linter.');

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
