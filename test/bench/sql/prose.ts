import type { Part } from './options.ts';

export const SQL_INTRODUCTION = `\
# Benchmarks on PostgreSQL

The PostgreSQL broker and the worker beside other queues in Node.js, on one server, in one run. Read the **ratios**: absolute numbers depend
on this machine. \`npm run bench:sql\` writes this page from [sql.json](sql.json).`;

export const SQL_CONTENDERS = `\
## Systems

The server is the PostgreSQL from npm with its defaults: fsync and synchronous commits on, autovacuum once a minute. In each trial, every system has its own
process and its own database. The systems take turns. All use \`pg\`, with ten connections unless stated otherwise.

| name | description |
| --- | --- |
| ours | the real \`PostgresBroker\` and the real \`Worker\` with their defaults; the task log grants every claim and stores nothing. A message has about 250 bytes: a task with id, name, times and parameters |
| graphile-worker | its defaults except \`concurrentJobs\`; a job contains only its number, as with pg-boss |
| graphile-worker-batch | its fastest documented mode: \`localQueue: { size: 500 }\`, \`completeJobBatchDelay: 0\`, \`failJobBatchDelay: 0\`, and one connection more than concurrent tasks |
| pg-boss | its defaults: each of \`localConcurrency\` workers takes one job every two seconds |
| pg-boss-batch | \`batchSize: 50\`, with enough such workers for the concurrency, and \`burstWhenBatchFull\`: the next batch at once |
| pg-boss-notify | the same, with \`useListenNotify\` and a queue that notifies |
| raw | a minimal loop on \`pg\`: locks a hundred rows with \`FOR UPDATE SKIP LOCKED\`, runs them, deletes them, commits; two loops. No leases, no retries |
| raw-same-table | multi-row inserts of 1,000 into the table of ours |
| notify | \`pg_notify\` from one connection to another; nothing is stored |

In every system, sending and finishing wait for the disk. Receiving tasks waits for it in graphile-worker and pg-boss, but not in ours: after a crash, the server
forgets a receive, and the task is delivered again (ADR 25).`;

export const NOTES: Record<Part, string> = {
  enqueue:
    'One at a time: each waits for the previous one. 100 in flight: as many senders in one process. In bulk: ten times as many in one call. Ours notifies workers after the commit; graphile-worker and pg-boss-notify notify within it.',
  'burn-down':
    'One queue holds twice as many no-ops as are counted. The first half compiles the code and opens the connections, and has its own column. The rate is that of the second half, until all are finished in the database. For a system that is not done after 20 s, it is the rate until then.',
  latency:
    'From just before a single task is sent to the start of its handler, in an otherwise idle process. Storing the task waits for the disk; a bare notification does not.',
  idle: 'Every statement of one worker with one empty queue, as counted by pg_stat_statements: begins, commits and maintenance included.',
  claims:
    'A hundred messages are received, acknowledged and sent again, 2,000 times. Rate and times are those of the receives. Pages are those of the tables and indexes that a receive touches. After as many finished ones: right after them, with autovacuum at its defaults.',
};

export const SQL_CAVEATS = `\
## Limits of these numbers

- Worker and server share the cores of one machine, without a network between them. A worker that uses less CPU leaves more for the server.
- graphile-worker and pg-boss include work that ours leaves to its task log, which is not measured here: pg-boss keeps finished jobs.
- A few trials of a few seconds can show differences of tens of percent, not of one percent.

## Repeat it

\`\`\`sh
npm run bench:sql -- --quick                                  # two minutes: checks that it works
npm run bench:sql                                             # half an hour; do not use the machine meanwhile
npm run bench:sql -- --only=burn-down --tasks=20000 --trials=3
npm run bench:sql -- --report                                 # writes this page from the results
\`\`\``;
