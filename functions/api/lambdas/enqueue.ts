import { continueLambdaTraces } from '../../telemetry/lambda-trace.ts';
import { wire } from '../../wiring/wiring.ts';
import { enqueueApi } from '../enqueue-api.ts';

continueLambdaTraces(process.env);
export const handler = enqueueApi(wire(process.env)); // once per cold start
