import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { configSchema } from '../../../shared/config/schema.ts';

/** Writes the JSON Schema that editors check task-queue.config.json with; `--check` only compares. */
const FILE = fileURLToPath(
  new URL('../../../shared/config/task-queue.schema.json', import.meta.url),
);

const schema = z.toJSONSchema(configSchema, { io: 'input', target: 'draft-7' });
const text = `${JSON.stringify(schema, null, 2)}\n`;

if (!process.argv.includes('--check')) {
  writeFileSync(FILE, text);
} else if (readFileSync(FILE, 'utf8') !== text) {
  process.stderr.write('The configuration schema is out of date: npm run config-schema\n');
  process.exit(1);
}
