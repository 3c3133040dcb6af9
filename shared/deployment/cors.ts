import type { TaskQueueConfig } from '../config/config.ts';
import { ROUTES } from './routes.ts';

/** Permissions of pages from other origins, as in CORS. */
export type CorsPolicy = {
  readonly allowOrigins: readonly string[];
  readonly allowMethods: readonly (typeof ROUTES)[number]['method'][];
  /** In lower case. */
  readonly allowHeaders: readonly string[];
  /** Headers of an answer that scripts may read. */
  readonly exposeHeaders: readonly string[];
  readonly allowCredentials: boolean;
  readonly maxAgeSeconds: number;
};

/** Headers that authenticate callers, besides `authorization`. */
const AUTH_HEADERS = {
  iam: ['x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token'],
  jwt: [],
} as const;

const REQUEST_HEADERS = ['authorization', 'content-type', 'idempotency-key'];

/** The policy that API Gateway and the local server follow; none when no origin may call. */
export function corsPolicyOf({
  api: { cors },
  auth,
}: Pick<TaskQueueConfig, 'api' | 'auth'>): CorsPolicy | undefined {
  return (
    cors && {
      ...cors,
      allowMethods: [...new Set(ROUTES.map(({ method }) => method))],
      allowHeaders: [...REQUEST_HEADERS, ...AUTH_HEADERS[auth.type]],
      exposeHeaders: ['idempotency-replayed', 'location'],
    }
  );
}
