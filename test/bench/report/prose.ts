import type { Machine } from '../machine.ts';
import type { ScenarioName } from '../scenarios/scenario.ts';

/** What stands before the numbers. */
export const INTRODUCTION = `\
What the worker costs and how it behaves, beside other ways to consume SQS queues, measured on one machine against emulators.
Read the **ratios**: the absolute numbers are of this machine on this day, and of an emulator that is much nearer than SQS.
This page is written by \`npm run bench -- --report\` from [benchmarks/results.json](benchmarks/results.json), which holds
every single run.`;

export const machineLines = ({
  cpu,
  cores,
  memoryGib,
  os,
  node,
  date,
  packages,
}: Machine): string => `\
| | |
| --- | --- |
| measured | ${date.slice(0, 16).replace('T', ' ')} UTC |
| machine | ${cpu}, ${cores} cores, ${memoryGib} GiB, ${os} |
| Node | ${node} |
| versions | ${Object.entries(packages)
  .map(([name, version]) => `${name} ${version}`)
  .join(', ')} |`;

export const METHOD = `\
## How it is measured

- Every system runs in a process of its own against the same SQS emulator (fauxqs), which runs in another one. Its queues are
  new for each run, and the emulator is new, and warmed up, for each scenario.
- Systems take turns, A B C, A B C, …, so that a machine that becomes slower does so for all. Tables show the median, and the
  lowest and highest run in brackets. The code is in \`test/bench\`.
- Every task has a number and is counted by it. A system that runs one twice, or does not delete all, has failed.
- CPU time is user and system time of the consumer's process alone, from its first request to its last acknowledgement.
- **10 ms added**: every request of every client, producer included, starts 10 ms later, as if SQS were that far away. There
  is no proxy in between: it is the same timer for all.
- A pickup is the time from before a task is sent to the first line of its handler. A task that had not begun when the run was
  over counts with the time it had waited by then.

## What is measured

| name | what it is |
| --- | --- |
| ours | the real \`Worker\` with its defaults and clients as deployed, and a task log that grants every claim and stores nothing |
| ours-with-log | the same with the DynamoDB task log, against its emulator (dynoxide): 2,000 tasks only, because the emulator is slow. Two write units a task are the worker's, one more was the enqueuer's |
| original | the way the PHP original works, written anew: draw a queue by weight, long-poll that queue alone, run one task, delete it, draw again; what a poll brought waits for later draws. One loop for each task at once. Its pause of 1 s after an empty poll is left out |
| original-single | one such loop: one process of the original |
| ring | short polls around a weighted ring by a single fetcher, as Shoryuken does. An empty queue is left alone for 1 s (Shoryuken's \`delay\`, which users choose). Better than Shoryuken in two points: free slots are filled at once rather than within 100 ms, and deletes go in batches of ten |
| sqs-consumer | sqs-consumer with its defaults: one message at a time per consumer, deleted one by one. It has neither weights nor slots that queues share, so every queue has consumers of its own, as many as tasks at once; with three queues that is three times the slots of the others |
| sqs-consumer-batch | its batch mode: ten messages at a time per consumer, run at once, deleted with one request |
| raw | the least that can be done with the AWS SDK: receive ten, run them, delete them with one request; one loop for every ten tasks at once |
| http | the same loop over bare keep-alive HTTP: no SDK, no signature, no checksum |
| ideal | no queue: ten loops of the same pauses |

All but ours and http share one way to make SDK clients. Ours talks to SQS through the SDK's signer, HTTP handler and retries only (ADR 10).`;

/** What to keep in mind when reading a table. */
export const NOTES: Readonly<Record<ScenarioName, string>> = {
  'burn-10':
    'One `raw` loop waits for each of its requests; ours polls while tasks run and deletes are on their way, so it can be faster.',
  'burn-100':
    'Here the machine is the limit: consumer and emulator share its cores. With 10 ms added the limit is how many polls a system has under way. sqs-consumer has ten consumers side by side here; one is in burn-10.',
  'ten-ms':
    'A pause of 10 ms takes a little longer on any machine, so the ideal is measured in the same way.',
  'idle-latency':
    'The emulator wakes every poll that waits on a queue for each message, and all but one come back empty. SQS does not: there, original and sqs-consumer would make fewer requests, and the loops of original would not all end up waiting for empty queues so soon.',
  saturated:
    'Only starts while all three queues are backlogged are counted. Share error: the largest distance of a queue’s share from its weight; slot time error: the same for the time in which its tasks held slots. sqs-consumer knows no weights; its consumers get equal thirds.',
  'low-only':
    'With lanes, one slot of ten stands by for heavier queues: 90 % is all that ours may use then. Percent of ten slots; sqs-consumer has twenty more that nobody uses.',
  'sparse-priority':
    'sqs-consumer has slots of its own for each queue, so its urgent tasks never wait; it pays with three times the slots, and with ten light tasks beside them.',
  'idle-requests':
    'A long poll of 20 s on each queue is 180 requests an hour. sqs-consumer and original wait with ten polls a queue or in all; ring asks each queue once a second.',
  memory: 'The heap is measured after a forced collection, ten times during the run.',
};

export const CAVEATS = `\
## What this does not say

- The emulator is not SQS: it answers in well under a millisecond, from one thread, in order, and never throttles. The added
  10 ms bring back distance, not SQS's own ways.
- Consumer, emulator and producer share this machine's cores. Where they are all used, a system that costs less CPU leaves
  more to the emulator, and gains twice.
- The baselines were written for this comparison, but for sqs-consumer. They have no retries, no leases that are renewed, no
  graceful stop and no record of what happened: what they do without is part of their speed.
- A few runs of a few seconds show differences of tens of percent, not of one.

Queues on PostgreSQL, beside pg-boss and graphile-worker: [benchmarks/sql.md](benchmarks/sql.md). Size and cold import of what is deployed:
[benchmarks/bundles.md](benchmarks/bundles.md).

## Repeat it

\`\`\`sh
npm run bench -- --quick       # a minute: shows that it works
npm run bench                  # three quarters of an hour; leave the machine alone meanwhile
npm run bench -- --report      # this page and its charts
npm run bench -- --scenario burn-100 --system ours,raw --runs 3
\`\`\``;
