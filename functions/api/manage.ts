import { createFileStore } from '../file-store.ts';
import { wire } from '../wiring.ts';
import { manageApi } from './manage-api.ts';

export const handler = manageApi(wire(process.env, { createFileStore })); // once per cold start
