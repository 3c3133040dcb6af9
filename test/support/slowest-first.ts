import type { TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';

/** Files that take ten seconds and more, the slowest first, and the slowest of projects with short ones. */
const SLOWEST = [
  'docs/snippets',
  'integration/cli-enqueue-on-postgresql',
  'integration/cli-resend-kills-on-postgresql',
  'integration/cli-init-move',
  'integration/cli-dlq',
  'integration/postgres-outages',
  'integration/family/many-children',
  'integration/worker-signals',
  'integration/cli-resend-kills',
  'integration/local-stack',
  'integration/worker-pool',
  'integration/cli-worker-pool',
  'integration/api-fuzz',
  'integration/api-fuzz-on-postgresql',
  'integration/idempotency-crash',
  'integration/stats-repair',
  'integration/postgres-rights',
  'integration/cli-processes',
  'integration/cli-on-postgresql',
  'integration/cli-cost-postgres',
  'integration/cli-cost',
  'integration/postgres-wake-ups',
  'integration/cli-check-postgres',
  'infra/nag-acknowledgements',
  'unit/worker-scheduling',
  'unit/live-settings',
  'unit/api-matrix',
  'simulation/scaling',
].map((file) => `/test/${file}.test.ts`);

const placeOf = ({ moduleId }: TestSpecification): number => {
  const place = SLOWEST.findIndex((file) => moduleId.endsWith(file));
  return place === -1 ? SLOWEST.length : place;
};

/**
 * Starts slow files first, so that no worker is left with one at the end. A fresh clone has no durations
 * of earlier runs, and Vitest then goes by the sizes of files.
 */
export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const ofProjects = [...Map.groupBy(sorted, ({ project }) => project).values()];
    return ofProjects.flatMap((ofOne) => ofOne.toSorted((a, b) => placeOf(a) - placeOf(b)));
  }
}
