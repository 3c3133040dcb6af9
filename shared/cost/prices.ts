/** AWS's price of one unit, in US dollars. */
export type Price = {
  readonly usd: number;
  /** When it was looked up, year and month. */
  readonly date: string;
  readonly source: string;
};

export type PriceTable = {
  readonly region: string;
  readonly prices: Readonly<Record<PriceName, Price>>;
};

const aws = (usd: number, date: string, page: string): Price => ({
  usd,
  date,
  source: `https://aws.amazon.com/${page}/pricing/`,
});

/**
 * List prices of us-east-1: first tier, without free tier, savings plans and taxes. Others, of
 * another region or another day, come from a file.
 */
export const DEFAULT_PRICES = {
  sqsMillionRequests: aws(0.4, '2026-06', 'sqs'),
  dynamodbMillionWriteUnits: aws(0.625, '2024-11', 'dynamodb'),
  dynamodbMillionReadUnits: aws(0.125, '2024-11', 'dynamodb'),
  dynamodbGbMonth: aws(0.25, '2024-11', 'dynamodb'),
  s3ThousandPuts: aws(0.005, '2026-06', 's3'),
  s3ThousandGets: aws(0.0004, '2026-06', 's3'),
  s3GbMonth: aws(0.023, '2026-06', 's3'),
  httpApiMillionRequests: aws(1, '2026-02', 'api-gateway'),
  lambdaMillionRequests: aws(0.2, '2024-12', 'lambda'),
  /** On ARM. */
  lambdaGbSecond: aws(0.000_013_333_4, '2024-12', 'lambda'),
  /** Linux on ARM, not Spot. */
  fargateVcpuHour: aws(0.032_38, '2026-03', 'fargate'),
  fargateGbHour: aws(0.003_56, '2026-03', 'fargate'),
  /** A worker's way out, without a NAT gateway. */
  publicIpv4Hour: aws(0.005, '2024-02', 'vpc'),
  cloudwatchMetricMonth: aws(0.3, '2026-02', 'cloudwatch'),
  eventsMillion: aws(1, '2024-12', 'eventbridge'),
} as const satisfies Record<string, Price>;

export type PriceName = keyof typeof DEFAULT_PRICES;

export const DEFAULT_TABLE: PriceTable = { region: 'us-east-1', prices: DEFAULT_PRICES };

/** The oldest and the latest month of a table. */
export function datesOf({ prices }: PriceTable): { readonly from: string; readonly to: string } {
  const dates = Object.values(prices)
    .map(({ date }) => date)
    .toSorted();
  return { from: dates[0] ?? '', to: dates.at(-1) ?? '' };
}
