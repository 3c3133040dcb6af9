/** Names in their own file, so that reading them does not load the contenders' packages. */
export const CONTENDER_NAMES = [
  'ours',
  'graphile-worker',
  'graphile-worker-batch',
  'pg-boss',
  'pg-boss-batch',
  'pg-boss-notify',
  'raw',
] as const;

export type ContenderName = (typeof CONTENDER_NAMES)[number];
