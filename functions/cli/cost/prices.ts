import { DEFAULT_TABLE, datesOf, type PriceTable } from '../../../shared/cost/prices.ts';

/** Those of the file, else the built-in ones. @throws {ConfigInvalidError} */
export async function pricesFrom({ prices }: { readonly prices?: string }): Promise<PriceTable> {
  if (prices === undefined) return DEFAULT_TABLE;
  const { loadPrices } = await import('../../../shared/cost/load-prices.ts');
  return loadPrices(prices);
}

/** Which prices these are, in a sentence. */
export function pricesNote(table: PriceTable): string {
  const { from, to } = datesOf(table);
  return `List prices of ${table.region}, looked up ${from} to ${to}, without free tier.`;
}
