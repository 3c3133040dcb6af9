import * as z from 'zod';

/** TAO's name for PostgreSQL, as a broker and as a task log. Accepted wherever people write a type. */
const TAO_POSTGRES = 'rds';

/** Accepts `rds` too. What has been read always says `postgres`. */
export const postgresTypeSchema = z
  .literal(['postgres', TAO_POSTGRES])
  .transform((): 'postgres' => 'postgres');

/** Our name of a broker or task log type that somebody wrote. Unknown names stay as they are. */
export const storeType = (written: string): string =>
  written === TAO_POSTGRES ? 'postgres' : written;
