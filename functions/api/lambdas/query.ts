import { wire } from '../../wiring/wiring.ts';
import { httpHandler } from '../http.ts';
import { queryRoutes } from '../routes.ts';

const wiring = wire(process.env); // once per cold start
export const handler = httpHandler(queryRoutes(wiring), wiring);
