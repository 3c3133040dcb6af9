import type { PriceTable } from '../../../shared/cost/prices.ts';

/** Those of the file, else the built-in ones. @throws {ConfigInvalidError} */
export async function pricesFrom({ prices }: { readonly prices?: string }): Promise<PriceTable> {
  if (prices !== undefined)
    return (await import('../../../shared/cost/load-prices.ts')).loadPrices(prices);
  return (await import('../../../shared/cost/prices.ts')).DEFAULT_TABLE;
}

/** Which prices these are, in a sentence. */
export function pricesNote({ region, prices }: PriceTable): string {
  const dates = Object.values(prices)
    .map(({ date }) => date)
    .toSorted();
  return `List prices of ${region}, looked up ${dates[0]} to ${dates.at(-1)}, without free tier.`;
}
