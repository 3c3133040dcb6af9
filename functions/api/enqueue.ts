import { wire } from '../wiring.ts';
import { enqueueApi } from './enqueue-api.ts';

export const handler = enqueueApi(wire(process.env)); // once per cold start
