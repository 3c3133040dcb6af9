import type { contracts } from '#tasks/contracts';
import type { NewTask, TaskName } from '../../../shared/client/client.ts';
import { EVENTS } from './webhook-server.ts';

export type Expectation = 'completed' | 'failed';
export type PlannedTask = Planned<TaskName<Tasks>>;

type Tasks = typeof contracts;
type Planned<Name extends TaskName<Tasks>> = Extract<NewTask<Tasks>, { readonly name: Name }> & {
  readonly label: string;
  readonly expected: Expectation;
};

/** In the ratio of the weights, so that all three queues stay backlogged to the end. */
const SATURATING = { priority: 1800, standard: 600, background: 200 };

/** Everything that is enqueued before the workers may begin, mixed. */
export function saturatingLoad(): PlannedTask[] {
  const priority = range(SATURATING.priority - 1).map(importTask);
  const standard = range(SATURATING.standard).map(statisticsTask);
  const background = range(SATURATING.background).map(exportTask);
  return shuffled([...priority, ...standard, ...background, ...specialTasks()]);
}

/** In the priority queue by its own choice. Its file is downloaded in the end. */
export const VIP_EXPORT = {
  name: 'export-results',
  label: 'Export for a VIP',
  parameters: { deliveryId: 'vip-1', rows: 5000 },
  expected: 'completed',
} as const satisfies PlannedTask;

/** Tasks that do not go straight through. */
const specialTasks = (): PlannedTask[] => [
  VIP_EXPORT,
  ...range(5).map((index) => webhookTask(EVENTS.flaky, `Webhook ${index} that fails twice first`)),
  { ...webhookTask(EVENTS.gone, 'Webhook nobody listens to'), expected: 'failed' as const },
  {
    name: 'import-results',
    label: 'Import of something that is no CSV',
    parameters: { csv: 'participant,score\n"never closed,7' },
    expected: 'failed',
  },
];

/** Fills every slot of every worker for a few seconds. */
export const slowLoad = (): PlannedTask[] =>
  range(400).map((index) => webhookTask(EVENTS.slow, `Slow webhook ${index}`));

/** A small urgent task. */
export const urgentTask = (index: number): PlannedTask => ({
  ...importTask(index),
  label: `Urgent import ${index}`,
});

/** One import whose report is worth reading. */
export const showcaseTask = (): PlannedTask => ({
  name: 'import-results',
  label: 'Import with rejected lines',
  parameters: {
    csv: 'participant,score\nann,91\nben,104\n,70\n"Cid, Jr.",88.5\ndora,n/a\n',
  },
  expected: 'completed',
});

function importTask(index: number): Planned<'import-results'> {
  const lines = range(15).map((row) => `p${index}-${row},${(row * 37) % 101}`);
  return {
    name: 'import-results',
    label: `Import ${index}`,
    parameters: { csv: ['participant,score', ...lines].join('\n') },
    expected: 'completed',
  };
}

const statisticsTask = (index: number): Planned<'compute-statistics'> => ({
  name: 'compute-statistics',
  label: `Statistics ${index}`,
  parameters: { values: range(50).map((value) => (value * 7919 + index) % 1000) },
  expected: 'completed',
});

const exportTask = (index: number): Planned<'export-results'> => ({
  name: 'export-results',
  label: `Export ${index}`,
  parameters: { deliveryId: `d-${index}`, rows: 500 },
  expected: 'completed',
});

const webhookTask = (event: string, label: string): Planned<'deliver-webhook'> => ({
  name: 'deliver-webhook',
  label,
  parameters: { event, payload: { label } },
  expected: 'completed',
});

const range = (length: number): number[] => Array.from({ length }, (_, index) => index);

/** Always the same order, so that two runs can be compared. */
function shuffled<Item>(items: readonly Item[]): Item[] {
  let seed = 20_260_101;
  const random = (): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed;
  };
  return items
    .map((item) => ({ item, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
