import { continueLambdaTraces } from '../../telemetry/lambda-trace.ts';
import { wire } from '../../wiring/wiring.ts';
import { manageApi } from '../manage-api.ts';

continueLambdaTraces(process.env);
export const handler = manageApi(wire(process.env)); // once per cold start
