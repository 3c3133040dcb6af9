import * as z from 'zod';
import { strictObject } from '../validation.ts';

const text = z.string().min(1);

const iamSchema = strictObject({
  // `optional` comes first so that the union picks this member when there is no type.
  type: z.literal('iam').optional().default('iam'),
  admins: z
    .array(text)
    .default([])
    .describe('IAM principals that see and act on every task. A trailing * matches any suffix.'),
});

const jwtSchema = strictObject({
  type: z.literal('jwt'),
  issuer: z
    .url({ protocol: /^https$/, error: 'must be an https:// URL: the "iss" of the tokens' })
    .describe('Issuer of the tokens. Serves /.well-known/openid-configuration.'),
  audience: z
    .array(text, {
      error:
        'must be a list of accepted values of "aud", or of "client_id" in tokens without "aud"',
    })
    .min(1, 'must name at least one audience')
    .describe('A token must be for one of these audiences.'),
  ownerClaim: text
    .default('sub')
    .describe(
      'Claim that identifies the owner of enqueued tasks. Its values must never be reassigned.',
    ),
  adminScope: z
    .string()
    .regex(/^\S+$/, 'must be one scope, without spaces')
    .default('task-queue/admin')
    .describe('Callers with this scope see and act on every task.'),
});

/** Who may call the API, and how the owner of a task is found. */
export const authSchema = z
  .discriminatedUnion('type', [iamSchema, jwtSchema], {
    error: 'must have a "type" of: iam, jwt',
  })
  .prefault({});

const originsSchema = z
  .array(
    z
      .string()
      .regex(
        /^(\*|https?:\/\/(\*|[a-z0-9.-]+(:\d{1,5})?))$/,
        'must be an origin like https://app.example.com, or one of *, https://*, http://*',
      ),
  )
  .min(1, 'must name at least one origin');

const corsSchema = strictObject({
  allowOrigins: originsSchema.describe('Origins whose pages may call the API. * is any.'),
  allowCredentials: z
    .boolean()
    .default(false)
    .describe('Lets pages send cookies. Tokens and signatures do not need it.'),
  maxAgeSeconds: z
    .int()
    .min(0)
    .max(86_400)
    .default(300)
    .describe('Seconds for which browsers cache a preflight answer.'),
}).refine(
  ({ allowOrigins, allowCredentials }) =>
    !allowCredentials || allowOrigins.every((origin) => !origin.includes('*')),
  {
    path: ['allowCredentials'],
    error: 'must be false while allowOrigins has a *: name the origins that may send cookies',
    // Also checked when other settings are wrong, so that all problems are reported at once.
    when: ({ value }) => z.object({ allowOrigins: originsSchema }).safeParse(value).success,
  },
);

const throttleSchema = strictObject({
  ratePerSecond: z
    .int()
    .min(1)
    .max(100_000)
    .default(500)
    .describe(
      'Requests per second of all callers. The account has a quota too: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html',
    ),
  burst: z.int().min(1).max(100_000).default(1000).describe('Concurrent requests of all callers.'),
});

/** CORS and throttling of the API. */
export const apiSchema = strictObject({
  cors: corsSchema.optional().describe('Absent: pages of other origins cannot call the API.'),
  throttle: throttleSchema.prefault({}),
}).prefault({});
