import { readFileSync, writeFileSync } from 'node:fs';
import type { Check } from './check.ts';

const FOLDER = new URL('../../docs/scheduling/', import.meta.url);
const RESULTS = new URL('results.json', FOLDER);
/** The scheduler before it promised anything: stride scheduling, lanes per queue, buffers by count. */
const BEFORE = new URL('before.json', FOLDER);

/** One check over some seeds. `null` means that the tasks did not end. */
export type Measured = Pick<Check, 'name' | 'limit' | 'unit'> & {
  readonly seeds: number;
  readonly worst: number | null;
  readonly median: number | null;
  readonly worstSeed: number;
};

export const isKept = ({ worst, limit }: Measured): boolean => worst !== null && worst <= limit;

export async function measure(
  { name, limit, unit, ...check }: Check,
  seeds: number,
): Promise<Measured> {
  const values: { seed: number; value: number }[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    values.push({ seed, value: await check.measure(seed) });
  }
  values.sort((one, other) => other.value - one.value);
  const worstSeed = values[0]?.seed ?? 0;
  const finite = (value = Number.NaN): number | null => (Number.isFinite(value) ? value : null);
  const worst = finite(values[0]?.value);
  const median = finite(values[Math.floor(values.length / 2)]?.value);
  return { name, limit, unit, seeds, worst, median, worstSeed };
}

export const numberText = (value: number | null | undefined): string => {
  if (value === undefined) return '–';
  return value === null ? 'never' : String(Number(value.toPrecision(3)));
};

export const readResults = (): Measured[] => read(RESULTS);
export const readBefore = (): Measured[] => read(BEFORE);

/** Replaces the results of these checks, in the order of all checks. */
export function saveResults(results: readonly Measured[], order: readonly string[]): void {
  const byName = new Map([...readResults(), ...results].map((result) => [result.name, result]));
  const kept = order.flatMap((name) => byName.get(name) ?? []);
  writeFileSync(RESULTS, `${JSON.stringify(kept, null, 2)}\n`);
}

function read(file: URL): Measured[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Measured[];
  } catch {
    return [];
  }
}

/** Writes a file below docs. */
export const writeDoc = (path: string, text: string): void =>
  writeFileSync(new URL(`../${path}`, FOLDER), text);

/** Reads a file below docs, or an empty text. */
export function readDoc(path: string): string {
  try {
    return readFileSync(new URL(`../${path}`, FOLDER), 'utf8');
  } catch {
    return '';
  }
}
