import type { Job, Values } from './job.ts';
import { burnDown } from './measures/burn-down.ts';
import { claims } from './measures/claims.ts';
import { enqueue } from './measures/enqueue.ts';
import { idle } from './measures/idle.ts';
import { latency } from './measures/latency.ts';

function measure(job: Job): Promise<Values> {
  switch (job.measure) {
    case 'burn-down':
      return burnDown(job);
    case 'claims':
      return claims(job);
    case 'enqueue':
      return enqueue(job);
    case 'idle':
      return idle(job);
    case 'latency':
      return latency(job);
  }
}

// One contender at work in a process of its own; says what it measured as JSON.
const values = await measure(JSON.parse(process.argv[2] ?? '') as Job);
process.stdout.write(JSON.stringify(values), () => process.exit());
