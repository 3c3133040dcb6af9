import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const hmac = (key: string | Buffer, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest();

/**
 * Tells whether AWS would accept the request as signed with this secret key. It computes the
 * signature again, by https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function isSignedBy(secretKey: string, request: IncomingMessage, body: string): boolean {
  const authorization = request.headers.authorization ?? '';
  const [, scope = '', names = '', signature] =
    /^AWS4-HMAC-SHA256 Credential=[^/]+\/(\S+), SignedHeaders=(\S+), Signature=(\w+)$/.exec(
      authorization,
    ) ?? [];
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  const headers = names.split(';').map((name) => `${name}:${request.headers[name]}\n`);
  const [path, query = ''] = request.url?.split('?') ?? [];
  const canonical = [
    request.method,
    path,
    new URLSearchParams([...new URLSearchParams(query)].sort()).toString().replaceAll('+', '%20'),
    headers.join(''),
    names,
    sha256(body),
  ].join('\n');
  const date = String(request.headers['x-amz-date']);
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${secretKey}`);
  return hmac(key, toSign).toString('hex') === signature;
}
