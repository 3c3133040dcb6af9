import { configFrom, createLogger } from '../../wiring/wiring.ts';
import { docsApi } from '../docs-api.ts';

export const handler = docsApi({ config: configFrom(process.env), logger: createLogger() });
