import * as z from 'zod';
import { settings } from './settings.ts';

const text = z.string().min(1);

const iamSchema = settings({
  // Optional first: only so the union takes it for the one that is meant when there is no type.
  type: z.literal('iam').optional().default('iam'),
  admins: z
    .array(text)
    .default([])
    .describe('IAM principals that see and act on every task. A trailing * matches any ending.'),
});

const jwtSchema = settings({
  type: z.literal('jwt'),
  issuer: z
    .url({ protocol: /^https$/, error: 'must be an https:// URL: the "iss" of the tokens' })
    .describe('Has /.well-known/openid-configuration below it.'),
  audience: z
    .array(text, { error: 'must be a list of what "aud", or else "client_id", of a token may be' })
    .min(1, 'must name at least one audience')
    .describe('A token must be for one of them.'),
  ownerClaim: text
    .default('sub')
    .describe('Claim that owns what its bearer enqueues: text that is never given to another.'),
  adminScope: z
    .string()
    .regex(/^\S+$/, 'must be one scope, without spaces')
    .default('task-queue/admin')
    .describe('Whoever has this scope sees and acts on every task.'),
});

/** Who may call the API, and whose the tasks are. */
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

const corsSchema = settings({
  allowOrigins: originsSchema.describe('Origins whose pages may call the API. * is any.'),
  allowCredentials: z
    .boolean()
    .default(false)
    .describe('Lets pages send cookies. Tokens and signatures need it not.'),
  maxAgeSeconds: z
    .int()
    .min(0)
    .max(86_400)
    .default(300)
    .describe('How long a browser need not ask again, in seconds.'),
}).refine(
  ({ allowOrigins, allowCredentials }) =>
    !allowCredentials || allowOrigins.every((origin) => !origin.includes('*')),
  {
    path: ['allowCredentials'],
    error: 'must be false while allowOrigins has a *: name the origins that may send cookies',
    // Also when other settings are wrong, so that all problems are told at once.
    when: ({ value }) => z.object({ allowOrigins: originsSchema }).safeParse(value).success,
  },
);

const throttleSchema = settings({
  ratePerSecond: z
    .int()
    .min(1)
    .max(100_000)
    .default(500)
    .describe(
      'Requests a second over all callers. The account has a quota too: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html',
    ),
  burst: z.int().min(1).max(100_000).default(1000).describe('Requests at once over all callers.'),
});

/** How the API meets browsers and crowds. */
export const apiSchema = settings({
  cors: corsSchema.optional().describe('Absent: pages of other origins may not call the API.'),
  throttle: throttleSchema.prefault({}),
}).prefault({});
