import { wire } from '../../wiring/wiring.ts';
import { queryApi } from '../query-api.ts';

export const handler = queryApi(wire(process.env)); // once per cold start
