import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { ConfigInvalidError } from '../errors.ts';
import { JsonInvalidError, parseJson } from '../parse-json.ts';
import { fieldProblems, strictObject } from '../validation.ts';
import { DEFAULT_PRICES, DEFAULT_TABLE, type PriceName, type PriceTable } from './prices.ts';

const priceSchema = strictObject({
  usd: z.number().min(0).max(1_000_000),
  date: z.string().regex(/^\d{4}-\d{2}$/, 'must be a year and a month, such as 2026-11'),
  source: z.string().min(1),
}).optional();

const names = Object.keys(DEFAULT_PRICES) as PriceName[];

const tableSchema = strictObject({
  region: z.string().min(1),
  prices: strictObject(
    Object.fromEntries(names.map((name) => [name, priceSchema])) as Record<
      PriceName,
      typeof priceSchema
    >,
  ),
});

/**
 * Prices from a file, in the form in which `cost prices --json` prints them. What it leaves out keeps
 * its default. @throws {ConfigInvalidError} with every problem found
 */
export function loadPrices(path: string): PriceTable {
  const parsed = tableSchema.safeParse(readJson(path));
  if (!parsed.success) throw new ConfigInvalidError(path, fieldProblems(parsed.error));
  const { region, prices } = parsed.data;
  return {
    region,
    prices: Object.fromEntries(
      names.map((name) => [name, prices[name] ?? DEFAULT_TABLE.prices[name]]),
    ) as PriceTable['prices'],
  };
}

function readJson(path: string): unknown {
  try {
    return parseJson(readFileSync(path), { uniqueKeys: true });
  } catch (error) {
    const message = `the file ${error instanceof JsonInvalidError ? error.message : 'cannot be read'}`;
    throw new ConfigInvalidError(path, [{ path: '', message }]);
  }
}
