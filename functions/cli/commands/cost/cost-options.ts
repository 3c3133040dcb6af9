import { type Command, Option } from 'commander';
import type { TaskQueueConfig } from '../../../../shared/config/config.ts';
import { DEFAULT_TABLE, datesOf, type PriceTable } from '../../../../shared/cost/prices.ts';
import type { QueueCounts } from '../../../../shared/cost/task-cost.ts';
import { MAX_PARAMETERS_BYTES } from '../../../../shared/limits.ts';
import type { Cli } from '../../cli.ts';
import type { Host } from '../../host.ts';
import { usageError } from '../../kit/cli-error.ts';
import { wholeNumber } from '../../kit/options/parse-option.ts';
import { didYouMean } from '../../kit/suggest.ts';
import { startProgress } from '../../terminal/progress.ts';

/** Options of the tasks that are counted. */
export type LoadOptions = {
  readonly tasks: number;
  readonly batch: number;
  readonly payloadBytes: number;
  readonly fileBytes: number;
  readonly owner?: boolean;
  readonly prices?: string;
};

export const pricesOption = (): Option =>
  new Option('--prices <file>', 'File with other prices, in the format of `cost prices --json`');

export const addLoadOptions = (command: Command): Command =>
  command
    .option('--tasks <n>', 'Tasks to run in each queue, 10 to 10,000', wholeNumber(10, 10_000), 100)
    .option('--batch <n>', 'Tasks per enqueue request, 1 to 100', wholeNumber(1, 100), 100)
    .option(
      '--payload-bytes <n>',
      'Size of the parameters as JSON, 11 bytes to 5 MiB',
      wholeNumber(11, MAX_PARAMETERS_BYTES),
      256,
    )
    .option(
      '--file-bytes <n>',
      'Size of the file that each task stores; 0 for none',
      wholeNumber(0, 1e9),
      0,
    )
    .option('--owner', 'Tasks have an owner')
    .addOption(pricesOption());

type Queue = { readonly name: string; readonly weight: number };

/** The queues of these names, or all. @throws {CliError} naming all that are unknown */
export function chosenQueues<Known extends Queue>(
  queues: readonly Known[],
  names: readonly string[] | undefined,
): Known[] {
  if (names === undefined) return [...queues];
  assertKnown(queues, names);
  return queues.filter(({ name }) => names.includes(name));
}

/**
 * The share of each queue: what `queue=0.5` says, and by their weights what is left for the others.
 * @throws {CliError} naming all that is wrong
 */
export function sharesOf(
  queues: readonly Queue[],
  given: readonly string[] = [],
): ReadonlyMap<string, number> {
  const pairs = given.map((text) => {
    const [name = '', share = ''] = text.split('=');
    return { text, name, share: share === '' ? Number.NaN : Number(share) };
  });
  const malformed = pairs.filter(({ share }) => !(share >= 0 && share <= 1));
  if (malformed.length > 0) {
    const texts = malformed.map(({ text }) => `"${text}"`).join(', ');
    throw usageError(`--share takes a queue and 0 to 1, as in --share priority=0.5, not ${texts}.`);
  }
  assertKnown(
    queues,
    pairs.map(({ name }) => name),
  );
  const shares = new Map(pairs.map(({ name, share }) => [name, share]));
  if (shares.size < pairs.length) throw usageError('A queue has one share.');
  const others = queues.filter(({ name }) => !shares.has(name));
  const left = 1 - [...shares.values()].reduce((sum, share) => sum + share, 0);
  assertAddUp(left, others.length);
  const weights = others.reduce((sum, { weight }) => sum + weight, 0);
  for (const { name, weight } of others) shares.set(name, left * (weight / weights));
  return shares;
}

/** Tolerance for decimal fractions that add up to 1 with rounding errors. */
const TOLERANCE = 1e-9;

function assertAddUp(left: number, others: number): void {
  const sum = Number((1 - left).toFixed(6));
  if (left < -TOLERANCE) throw usageError(`The shares add up to ${sum}, which is more than 1.`);
  if (others === 0 && left > TOLERANCE) {
    throw usageError(`The shares of all queues add up to ${sum}, not to 1.`);
  }
}

function assertKnown(queues: readonly Queue[], names: readonly string[]): void {
  const known = queues.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  const sentences = unknown.map((name) => `There is no queue "${name}".${didYouMean(name, known)}`);
  throw usageError(`${sentences.join('\n')}\nQueues: ${known.join(', ')}.`);
}

/** Those of the file, else the built-in ones. @throws {ConfigInvalidError} */
export async function pricesFrom(
  { prices }: { readonly prices?: string },
  { pathOf }: Host,
): Promise<PriceTable> {
  if (prices === undefined) return DEFAULT_TABLE;
  const { loadPrices } = await import('../../../../shared/cost/load-prices.ts');
  return loadPrices(pathOf(prices));
}

/** Which prices these are, in a sentence. */
export function pricesNote(table: PriceTable): string {
  const { from, to } = datesOf(table);
  return `List prices of ${table.region}, looked up ${from} to ${to}, without free tier.`;
}

/** Describes what is paid by the capacity of a database, not by the task. */
export const notCounted = ({ queues, taskLog }: TaskQueueConfig): string[] => [
  ...(taskLog.type === 'postgres' ? ['the task log'] : []),
  ...queues.filter(({ broker }) => broker.type === 'postgres').map(({ name }) => `queue "${name}"`),
];

/** A line about that, if there is any. */
export function notCountedNote(config: TaskQueueConfig): string {
  const names = notCounted(config);
  if (names.length === 0) return '';
  return `Not counted, as PostgreSQL is paid by its capacity (https://aws.amazon.com/rds/aurora/pricing/): ${names.join(', ')}.\n`;
}

/** Its length matters, because it is in every record. */
const OWNER = 'arn:aws:sts::123456789012:assumed-role/assessment-backend/i-0abc123def4567890';

/** Counts the tasks of every queue on this machine. */
export async function countHere(
  cli: Cli,
  config: TaskQueueConfig,
  options: LoadOptions,
): Promise<QueueCounts[]> {
  // Only now: it is most of the bundle.
  const { countOnEmulators } = await import('./count-tasks.ts');
  const total = 2 * config.queues.length;
  const progress = startProgress(cli, total);
  let done = 0;
  const onProgress = () => progress.update(++done, `counting, ${done} of ${total} runs`);
  try {
    const owner = options.owner ? OWNER : undefined;
    return await countOnEmulators(config, { ...options, owner, onProgress, run: cli.run });
  } finally {
    progress.end();
  }
}
