import type { Machine } from '../machine.ts';
import type { ScenarioName } from '../scenarios/scenario.ts';

/** The text before the numbers. */
export const INTRODUCTION = `\
The cost and the behavior of the worker beside other SQS consumers, measured on one machine against emulators. Read the **ratios**: absolute
numbers depend on this machine and on an emulator that answers much faster than SQS.

\`npm run bench -- --report\` writes this page from [benchmarks/results.json](benchmarks/results.json), which contains every run.`;

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
## Method

- Each system runs in its own process against the same SQS emulator (fauxqs) in another process. Every run has new queues. Every scenario has a new
  emulator, which is warmed up first.
- Systems take turns (A B C, A B C, …), so a machine that slows down affects all of them. Tables show the median, and the lowest and highest run in
  parentheses. The code is in \`test/bench\`.
- Every task has a number. A system fails if it runs a task twice or does not delete every message.
- CPU time is user and system time of the consumer's process only, from its first request to its last acknowledgement.
- **10 ms added**: every request of every client, the producer included, starts 10 ms later, as if SQS were that far away. A timer in each client does it; there is
  no proxy.
- Pickup is the time from just before a task is sent to the first line of its handler. A task that never started counts with its wait until the end of
  the run.

## Systems

| name | description |
| --- | --- |
| ours | the real \`Worker\` with its defaults and the deployed clients, and a task log that grants every claim and stores nothing |
| ours-with-log | the same with the DynamoDB task log on its emulator (dynoxide). It runs only 2,000 tasks, because the emulator is slow. The worker uses two write units a task, and enqueuing one more |
| tao | TAO's Task Queue, rewritten from PHP: draws a queue by weight, long-polls only that queue, runs one task, deletes it, and draws again. Further messages of a poll wait for later draws. One loop per concurrent task. Its pause of 1 s after an empty poll is left out |
| tao-single | one such loop: one process of TAO |
| ring | short polls around a weighted ring by one fetcher, as in Shoryuken. It skips an empty queue for 1 s (Shoryuken's \`delay\`, a user setting). It is better than Shoryuken in two ways: it fills free slots at once instead of within 100 ms, and deletes in batches of ten |
| sqs-consumer | sqs-consumer with its defaults: one message at a time per consumer, deleted one by one. It has no weights and no slots shared by queues, so every queue has as many consumers as concurrent tasks. With three queues, that is three times the slots of the others |
| sqs-consumer-batch | its batch mode: ten messages at a time per consumer, run at once, deleted with one request |
| raw | a minimal loop with the AWS SDK: receives ten, runs them, deletes them with one request; one loop for every ten concurrent tasks |
| http | the same loop over plain keep-alive HTTP: no SDK, no signature, no checksum |
| ideal | no queue: ten loops of the same pauses |

All systems except ours and http create SDK clients in the same way. Ours uses only the SDK's signer, HTTP handler and retries for SQS (ADR 10).`;

/** Explains the table of a scenario. */
export const NOTES: Readonly<Record<ScenarioName, string>> = {
  'burn-10':
    'A `raw` loop waits for each of its requests. Ours polls while tasks run and deletes are in transit, so it can be faster.',
  'burn-100':
    'The machine is the limit: consumer and emulator share its cores. With 10 ms added, the limit is the number of concurrent polls. sqs-consumer has ten consumers here, and one in burn-10.',
  'ten-ms':
    'A pause of 10 ms takes slightly longer on any machine, so the ideal is measured in the same way.',
  'idle-latency':
    'For each message, the emulator wakes every poll that waits on the queue, and all but one come back empty. SQS does not. On SQS, tao and sqs-consumer would make fewer requests, and the loops of tao would take longer to all wait for empty queues.',
  saturated:
    'Only starts while all three queues are backlogged count. Share error: the largest distance of a queue’s share from its weight. Slot time error: the same for the time in which its tasks held slots. sqs-consumer has no weights; its consumers get equal thirds.',
  'low-only':
    'With lanes, one slot of ten is reserved for heavier queues, so ours can use at most 90 %. The percentage is of ten slots; sqs-consumer has twenty more that stay idle.',
  'sparse-priority':
    'sqs-consumer has separate slots for each queue, so its urgent tasks never wait. Its price is three times the slots, and ten light tasks run beside them.',
  'idle-requests':
    'A long poll of 20 s on each queue is 180 requests an hour. sqs-consumer waits with ten polls for each queue, tao with ten in total. ring polls each queue once a second.',
  memory: 'The heap is measured after a forced collection, ten times during the run.',
};

export const CAVEATS = `\
## Limits of these numbers

- The emulator is not SQS. It answers in well under a millisecond, from one thread, in order, and never throttles. The added 10 ms simulate the distance
  to SQS, not its behavior.
- Consumer, emulator and producer share the cores of this machine. When all cores are busy, a system that uses less CPU leaves more for the emulator, and
  gains twice.
- The baselines, except sqs-consumer, were written for this comparison. They have no retries, no lease renewal, no graceful stop and no record of each task, which
  is part of their speed.
- A few runs of a few seconds can show differences of tens of percent, not of one percent.

Queues on PostgreSQL, beside pg-boss and graphile-worker: [benchmarks/sql.md](benchmarks/sql.md). Size and cold import of the deployed bundles:
[benchmarks/bundles.md](benchmarks/bundles.md).

## Repeat it

\`\`\`sh
npm run bench -- --quick       # one minute: checks that it works
npm run bench                  # 45 minutes; do not use the machine meanwhile
npm run bench -- --report      # writes this page and its charts
npm run bench -- --scenario burn-100 --system ours,raw --runs 3
\`\`\``;
