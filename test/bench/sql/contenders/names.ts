/** Apart from the contenders themselves, whose packages whoever only asks for names need not have. */
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
