import { newUsage } from '../../functions/wiring/usage-meter.ts';
import { createSqsClient, instrument } from './instrument.ts';
import type { Job } from './job.ts';
import { Recorder } from './recorder.ts';
import { SYSTEMS } from './systems/systems.ts';

// One system at work in a process of its own. Says `ready`, then `progress <tasks>` now and then, and
// `report <JSON>` when its job is done. It goes on working until it is ended: its polls are open.

const job = JSON.parse(process.argv[2] ?? '') as Job;
const say = (line: string): boolean => process.stdout.write(`${line}\n`);

const usage = newUsage();
const recorder = new Recorder(job, usage, (started) => say(`progress ${started}`));

say('ready');
recorder.begin();
SYSTEMS[job.system]({
  job,
  recorder,
  usage,
  createClient: () => instrument(createSqsClient(job.sqs), job, usage, recorder),
});
say(`report ${JSON.stringify(await recorder.report)}`);
