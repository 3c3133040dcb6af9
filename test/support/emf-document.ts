import { MetricUnit } from '@aws-lambda-powertools/metrics';
import * as z from 'zod';

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html */
const metric = z.strictObject({
  Name: z.string().min(1).max(1024),
  Unit: z.enum(Object.values(MetricUnit)),
  StorageResolution: z.union([z.literal(1), z.literal(60)]).optional(),
});

/**
 * A document as CloudWatch extracts metrics from: the schema of the specification, and what it says
 * about the members that the directives refer to.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
const emfDocument = z
  .looseObject({
    _aws: z.strictObject({
      Timestamp: z.int().positive(),
      CloudWatchMetrics: z
        .array(
          z.strictObject({
            Namespace: z
              .string()
              .regex(/^[^:].*/)
              .max(1024),
            Dimensions: z.array(z.array(z.string().min(1).max(250)).max(30)).min(1),
            Metrics: z.array(metric).min(1).max(100),
          }),
        )
        .min(1),
    }),
  })
  .superRefine((document, check) => {
    const directives = document._aws.CloudWatchMetrics;
    const dimensions = directives.flatMap(({ Dimensions }) => Dimensions.flat());
    const metrics = directives.flatMap(({ Metrics }) => Metrics.map(({ Name }) => Name));
    for (const name of dimensions) expectMember(name, dimensionValue, document[name], check);
    for (const name of metrics) expectMember(name, metricValue, document[name], check);
  });

const dimensionValue = z.string().min(1).max(1024);
const metricValue = z.union([z.number(), z.array(z.number()).min(1).max(100)]);

function expectMember(
  name: string,
  schema: z.ZodType,
  value: unknown,
  check: z.RefinementCtx<unknown>,
): void {
  if (schema.safeParse(value).success) return;
  check.addIssue({ code: 'custom', path: [name], message: `is no value for ${name}` });
}

export type EmfDocument = z.output<typeof emfDocument>;

/** @throws when the line is no document that CloudWatch would understand */
export const parseEmf = (line: string): EmfDocument => emfDocument.parse(JSON.parse(line));
