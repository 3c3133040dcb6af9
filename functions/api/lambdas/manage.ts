import { continueLambdaTraces } from '../../telemetry/lambda-trace.ts';
import { wire } from '../../wiring/wiring.ts';
import { httpHandler } from '../http.ts';
import { manageRoutes } from '../routes.ts';

continueLambdaTraces(process.env);
const wiring = wire(process.env); // once per cold start
export const handler = httpHandler(manageRoutes(wiring), wiring);
