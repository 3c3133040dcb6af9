import * as z from 'zod';
import { configSchema } from '../../../shared/config/schema.ts';
import { writeGenerated } from '../script.ts';

/** Writes the JSON Schema that editors check task-queue.config.json with; `--check` only compares. */
const schema = z.toJSONSchema(configSchema, { io: 'input', target: 'draft-7' });
const text = `${JSON.stringify(schema, null, 2)}\n`;
writeGenerated('shared/config/task-queue.schema.json', text, 'npm run config-schema');
