import { usageError } from '../kit/cli-error.ts';
import { didYouMean } from '../kit/suggest.ts';

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
