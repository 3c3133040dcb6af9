import { Sha256 } from '@smithy/core/checksum';
import { buildQueryString, HttpRequest } from '@smithy/core/protocols';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Access } from './signed-http.ts';

/** https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.html */
const LIFETIME_SECONDS = 900;

/**
 * Makes tokens that RDS and Aurora accept as the password of the URL's user. A token is a presigned
 * URL without its protocol. Making one needs no request, so every connection gets its own.
 */
export function databaseTokens(databaseUrl: string, access: Access): () => Promise<string> {
  const { hostname, port, username } = new URL(databaseUrl);
  const host = `${hostname}:${port || 5432}`;
  const signer = new SignatureV4({ ...access, service: 'rds-db', sha256: Sha256 });
  return async () => {
    const request = new HttpRequest({
      method: 'GET',
      protocol: 'https:',
      hostname,
      path: '/',
      query: { Action: 'connect', DBUser: decodeURIComponent(username) },
      headers: { host },
    });
    const { query } = await signer.presign(request, { expiresIn: LIFETIME_SECONDS });
    return `${host}/?${buildQueryString(query ?? {})}`;
  };
}
