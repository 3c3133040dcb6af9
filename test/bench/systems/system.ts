import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Usage } from '../../../functions/wiring/usage-meter.ts';
import type { BenchParameters } from '../bench-task.ts';
import type { Job } from '../job.ts';
import type { Recorder } from '../recorder.ts';

export type SystemContext = {
  readonly job: Job;
  readonly recorder: Recorder;
  readonly usage: Usage;
  /** A new client with the options that all but ours share, counted and delayed. */
  createClient(): SQSClient;
};

/** Starts a system, which then works until its process is ended. */
export type StartSystem = (context: SystemContext) => void;

/** Reads the parameters in a message, for systems without tasks. */
export const parametersOf = (body: string | undefined): BenchParameters =>
  (JSON.parse(body ?? '') as { parameters: BenchParameters }).parameters;
