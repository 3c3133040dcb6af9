import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadPrices } from '../../shared/cost/load-prices.ts';
import { DEFAULT_TABLE, datesOf } from '../../shared/cost/prices.ts';

function aFile(content: unknown): string {
  const path = join(mkdtempSync(join(tmpdir(), 'task-queue-prices-')), 'prices.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

test('what a file leaves out keeps its price', () => {
  const own = { usd: 0.5, date: '2026-11', source: 'our contract' };

  const { region, prices } = loadPrices(
    aFile({ region: 'eu-central-1', prices: { sqsMillionRequests: own } }),
  );

  expect(region).toBe('eu-central-1');
  expect(prices.sqsMillionRequests).toEqual(own);
  expect(prices.s3GbMonth).toEqual(DEFAULT_TABLE.prices.s3GbMonth);
});

test('the table as it is printed can be read again', () => {
  expect(loadPrices(aFile(DEFAULT_TABLE))).toEqual(DEFAULT_TABLE);
});

test('everything that is wrong with a file is named at once', () => {
  const wrong = { usd: -1, date: 'today', source: '' };
  const load = () => loadPrices(aFile({ prices: { sqsMillionRequests: wrong, sqs: wrong } }));

  expect(load).toThrow(/region: .*\n.*prices.*usd: .*\n.*date: must be a year and a month/s);
  expect(load).toThrow(/unknown "sqs"; accepted: sqsMillionRequests, /);
});

test('a file that is not there, or no JSON, is one sentence', () => {
  expect(() => loadPrices('/nowhere.json')).toThrow('the file cannot be read');
  expect(() => loadPrices(aFile('{'))).toThrow('the file is not JSON');
});

test('every price has a month and a page of AWS', () => {
  for (const { date, source } of Object.values(DEFAULT_TABLE.prices)) {
    expect(date).toMatch(/^20\d\d-(0[1-9]|1[0-2])$/);
    expect(source).toMatch(/^https:\/\/aws\.amazon\.com\/[a-z0-9-]+\/pricing\/$/);
  }
  expect(datesOf(DEFAULT_TABLE)).toEqual({ from: '2024-02', to: '2026-06' });
});
