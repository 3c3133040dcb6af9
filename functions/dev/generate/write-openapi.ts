import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import packageJson from '../../../package.json' with { type: 'json' };
import { loadConfig } from '../../../shared/config/load-config.ts';
import { openApiDocument } from '../../api/openapi/document.ts';
import { lintProblems } from './lint-openapi.ts';

/** Writes the document that the API serves; `--check` only compares. Lints it in both cases. */
const FILE = fileURLToPath(new URL('../../../docs/openapi.json', import.meta.url));
const CONFIG = fileURLToPath(new URL('../../../task-queue.config.json', import.meta.url));

const { auth } = loadConfig(CONFIG);
const document = openApiDocument({ version: packageJson.version, auth });
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
