import type { Claim } from './task-log.ts';

/**
 * What belongs to one attempt is kept under this: a worker that lost its claim cannot overwrite its
 * successor's. A claim that was never written has its token from nobody, and so needs its own id.
 */
export const attemptKey = ({ token, unwritten }: Claim): string =>
  unwritten ? `${token}-${unwritten.request.claimId}` : String(token);
