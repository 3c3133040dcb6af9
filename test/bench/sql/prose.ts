import type { Part } from './options.ts';

export const SQL_INTRODUCTION = `\
# Benchmarks on PostgreSQL

The broker on PostgreSQL and the worker beside other queues in Node.js, on one server, in one run. Read the **ratios**: the absolute
numbers are of this machine on this day. This page is written by \`npm run bench:sql\` from [sql.json](sql.json).`;

export const SQL_CONTENDERS = `\
## What is measured

The server is the PostgreSQL that npm brings, with its own defaults: fsync and synchronous commits on, autovacuum once a minute. Every
contender has a process and a database of its own for each trial; they take turns. All run on \`pg\`, with ten connections unless said
otherwise.

| name | what it is |
| --- | --- |
| ours | the real \`PostgresBroker\` and the real \`Worker\` with their defaults; the task log grants every claim and keeps nothing. A message has about 250 bytes: a task with id, name, times and parameters |
| graphile-worker | its defaults but for \`concurrentJobs\`; a job has its number only, as with pg-boss |
| graphile-worker-batch | its fastest documented mode: \`localQueue: { size: 500 }\`, \`completeJobBatchDelay: 0\`, \`failJobBatchDelay: 0\`, a connection more than tasks at once |
| pg-boss | its defaults: each of \`localConcurrency\` workers takes one job every two seconds |
| pg-boss-batch | \`batchSize: 50\`, as many such workers as make the concurrency, \`burstWhenBatchFull\`: the next batch at once |
| pg-boss-notify | the same, with \`useListenNotify\` and a queue that notifies |
| raw | the least that a loop on \`pg\` can do: lock a hundred rows, \`FOR UPDATE SKIP LOCKED\`, run them, delete them, commit; two loops. No leases, no retries |
| raw-same-table | multi-row inserts of 1,000 into the table of ours |
| notify | \`pg_notify\` from one connection to another; nothing is stored |

What waits for the disk: sending, with all; finishing, with all. Taking tasks waits for it with graphile-worker and pg-boss, and not
with ours: a server that crashes forgets a claim, and the task is delivered once more (ADR 25).`;

export const NOTES: Record<Part, string> = {
  enqueue:
    'One at a time: each waits for the one before. 100 in flight: as many senders in one process. In bulk: ten times as many in one call. Ours notifies workers after the commit; a queue of graphile-worker or pg-boss-notify notifies within it.',
  'burn-down':
    'Twice as many no-ops wait in one queue as are counted. The first half compiles the code and makes the connections, and has a column of its own; the rate is that of the second half, until all are finished in the database. A contender that is not done after 20 s has the rate it had by then.',
  latency:
    'From before a single task is sent to the start of its handler, in a process that has nothing else to do. Storing it waits for the disk, which a bare notification does not.',
  idle: 'Every statement of one worker with one empty queue, as pg_stat_statements counts them: begins, commits and maintenance included.',
  claims:
    'A hundred are claimed, acknowledged and sent anew, 2,000 times; the rate and the times are of the claims. Pages are those of the tables and indexes that a claim touches. After as many finished ones, right away: autovacuum works as it does by default.',
};

export const SQL_CAVEATS = `\
## What this does not say

- Worker and server share the cores of one machine, and nothing is between them: a worker that costs less CPU leaves more to the server.
- graphile-worker and pg-boss do what ours leaves to its task log, which is not measured here: pg-boss keeps finished jobs.
- A few trials of a few seconds show differences of tens of percent, not of one.

## Repeat it

\`\`\`sh
npm run bench:sql -- --quick                                  # two minutes: shows that it works
npm run bench:sql                                             # half an hour; leave the machine alone meanwhile
npm run bench:sql -- --only=burn-down --tasks=20000 --trials=3
npm run bench:sql -- --report                                 # this page from the results
\`\`\``;
