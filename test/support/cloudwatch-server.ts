import { answer, serverThat } from './answering-server.ts';

type Query = {
  readonly Id: string;
  readonly MetricStat: {
    readonly Stat: string;
    readonly Period: number;
    readonly Metric: {
      readonly Namespace: string;
      readonly MetricName: string;
      readonly Dimensions: readonly { readonly Name: string; readonly Value: string }[];
    };
  };
};

type Request = {
  readonly StartTime: number;
  readonly EndTime: number;
  readonly NextToken?: string;
  readonly MetricDataQueries: readonly Query[];
};

/** "AWS/SQS NumberOfMessagesSent QueueName=main" → values at the minutes 0, 1, 2, … of the range. */
export type Metrics = Readonly<Record<string, readonly (number | undefined)[]>>;

const nameOf = ({ MetricStat: { Metric } }: Query): string => {
  const dimensions = Metric.Dimensions.map(({ Name, Value }) => `${Name}=${Value}`);
  return [Metric.Namespace, Metric.MetricName, ...dimensions].join(' ');
};

/** A CloudWatch that knows these metrics, and gives out the points of each minute on a page of its own. */
export const cloudwatchWith = (metrics: Metrics) =>
  serverThat((response, seen) => {
    const { StartTime, NextToken = '0', MetricDataQueries } = JSON.parse(seen.body) as Request;
    const minute = Number(NextToken);
    const MetricDataResults = MetricDataQueries.map((query) => {
      const value = metrics[nameOf(query)]?.[minute];
      const point = value === undefined ? [] : [value];
      return { Id: query.Id, Timestamps: point.map(() => StartTime + minute * 60), Values: point };
    });
    const last = Math.max(...Object.values(metrics).map((values) => values.length)) - 1;
    const next = minute < last ? { NextToken: String(minute + 1) } : {};
    answer(200, { MetricDataResults, ...next }, 'application/x-amz-json-1.0')(response, seen);
  });
