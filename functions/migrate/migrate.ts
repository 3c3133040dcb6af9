import { SchemaMismatchError } from '../../shared/errors.ts';
import { prepareDatabase } from '../wiring/postgres.ts';

/** Whom the schema belongs to, as RDS has it in its secret. */
export type Admin = { readonly username: string; readonly password: string };

/**
 * Brings the database of `DATABASE_URL` to the schema of this code, and lets the user that is named
 * there work with it. In the database's network; for functions/migrate/start.ts.
 * A schema that is newer, and not for this code, is left as it is: a deployment that is taken back must be
 * able to end. Processes refuse it by themselves.
 * @returns the names of the migrations that were applied
 */
export const handler = async ({ username, password }: Admin): Promise<string[]> => {
  const url = new URL(process.env['DATABASE_URL'] ?? '');
  const user = url.username;
  url.username = encodeURIComponent(username);
  url.password = encodeURIComponent(password);
  try {
    return await prepareDatabase(url.href, user);
  } catch (error) {
    if (!(error instanceof SchemaMismatchError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return [];
  }
};
