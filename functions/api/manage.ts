import { wire } from '../wiring.ts';
import { manageApi } from './manage-api.ts';

export const handler = manageApi(wire(process.env)); // once per cold start
