import { createFileStore } from '../file-store.ts';
import { wire } from '../wiring.ts';
import { queryApi } from './query-api.ts';

export const handler = queryApi(wire(process.env, { createFileStore })); // once per cold start
