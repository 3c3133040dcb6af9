import type { Context } from 'aws-lambda';
import { queryApi } from '../../functions/api/query-api.ts';
import { toApiEvent } from '../../functions/dev/http-event.ts';
import { type Wiring, wire } from '../../functions/wiring.ts';
import { RESOURCES_VARIABLE } from '../../shared/config/resources.ts';
import { BenchStack } from './bench-stack.ts';
import { fillLog, OWNER_NAMES } from './fill-log.ts';
import { format, printed } from './table.ts';

/** What a read of the API costs must depend on what it shows, not on how much the log holds. */
const READS: readonly { readonly title: string; readonly url: string }[] = [
  { title: 'statistics', url: '/stats' },
];

const USAGE = `Counts the read units that requests to the API consume, with logs of different sizes.

  npm run bench:reads                       1,000 and 200,000 records; two or three minutes
  npm run bench:reads -- 1000 20000         other sizes, ascending
  npm run bench:reads -- --help             this text

Exits with 1 when a request costs more in a larger log.`;

const say = (text: string): boolean => process.stdout.write(`${text}\n`);

/** Read units of one request, as DynamoDB reports them. */
async function unitsOf(wiring: Wiring, url: string, user: string): Promise<number> {
  const before = wiring.usage.readUnits;
  const request = { method: 'GET', url, headers: { 'x-local-user': user } };
  const event = toApiEvent(request as unknown as Parameters<typeof toApiEvent>[0], '');
  const { statusCode, body } = await queryApi(wiring)(event, { awsRequestId: url } as Context);
  if (statusCode !== 200) throw new Error(`GET ${url} answered ${statusCode}: ${body}`);
  return wiring.usage.readUnits - before;
}

async function measure(stack: BenchStack, sizes: readonly number[]): Promise<boolean> {
  const resources = await stack.createResources(['priority', 'standard', 'background']);
  const variables = { ...stack.environment, [RESOURCES_VARIABLE]: JSON.stringify(resources) };
  // The SDK looks for credentials in the variables of its own process.
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  const wiring = wire(process.env);
  // One reads as an owner, one as an admin, for whom the log is read by other means.
  wiring.config.auth.admins.push('arn:aws:iam::000000000000:user/admin');
  const rows = READS.flatMap(({ title, url }) =>
    [OWNER_NAMES[0], 'admin'].map((user) => ({ title: `${title}, ${user}`, url, user })),
  ).map((row) => ({ ...row, units: [] as number[] }));

  let filled = 0;
  for (const size of sizes) {
    say(`Filling the log up to ${format(size, 0)} records …`);
    await fillLog(stack.dynamodb, resources.table, wiring.stats, filled, size);
    filled = size;
    for (const { url, user, units } of rows) units.push(await unitsOf(wiring, url, user));
  }

  const headers = ['read units', ...sizes.map((size) => `${format(size, 0)} records`)];
  say(
    `\n${printed({ headers, rows: rows.map(({ title, units }) => [title, ...units.map((count) => format(count, 1))]) })}`,
  );
  const grown = rows.filter(({ units }) => Math.max(...units) > Math.min(...units));
  for (const { title } of grown) say(`✘ ${title}: costs depend on the size of the log.`);
  return grown.length === 0;
}

const words = process.argv.slice(2);
const sizes = words.length > 0 ? words.map(Number) : [1000, 200_000];
if (words.includes('--help') || sizes.some((size) => !Number.isInteger(size) || size < 1)) {
  say(USAGE);
  process.exit(words.includes('--help') ? 0 : 2);
}
const stack = await BenchStack.start();
try {
  process.exitCode = (await measure(stack, sizes)) ? 0 : 1;
} finally {
  await stack.stop();
}
