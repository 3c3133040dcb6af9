import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, test } from 'vitest';
import { corsHeaders, isPreflight } from '../../functions/dev/local-api/api-gateway.ts';
import type { CorsPolicy } from '../../shared/deployment/cors.ts';

const APP = 'https://app.example.com';
const POLICY: CorsPolicy = {
  allowOrigins: [APP],
  allowMethods: ['POST', 'GET'],
  allowHeaders: ['authorization', 'content-type'],
  exposeHeaders: ['location'],
  allowCredentials: false,
  maxAgeSeconds: 300,
};

const from = (origin?: string) => ({ method: 'GET', headers: origin ? { origin } : {} });
const preflight = {
  method: 'OPTIONS',
  headers: { origin: APP, 'access-control-request-method': 'POST' },
};
const withHeaders = (changes: IncomingHttpHeaders) => ({
  ...preflight,
  headers: { ...preflight.headers, ...changes },
});

describe('headers for a page of another origin', () => {
  test.each([
    ['that it may read the answer', APP, POLICY, APP],
    ['nothing, if its origin is not allowed', 'https://evil.example.com', POLICY, undefined],
    ['nothing, if its origin only begins like one', `${APP}.evil.com`, POLICY, undefined],
    ['nothing, without a configuration', APP, undefined, undefined],
    ['nothing, if it is no page', undefined, POLICY, undefined],
    ['that anybody may', APP, { ...POLICY, allowOrigins: ['*'] }, '*'],
    ['that every encrypted one may', APP, { ...POLICY, allowOrigins: ['https://*'] }, APP],
    [
      'nothing, if it is not encrypted',
      'http://app.example.com',
      { ...POLICY, allowOrigins: ['https://*'] },
      undefined,
    ],
  ])('%s', (_case, origin, policy, expected) => {
    const headers = corsHeaders(from(origin), policy);

    expect(headers['access-control-allow-origin']).toBe(expected);
    if (expected === undefined) expect(headers).toEqual({});
  });

  test('before it asks: methods, headers, and for how long that holds', () => {
    expect(corsHeaders(preflight, POLICY)).toEqual({
      'access-control-allow-origin': APP,
      'access-control-allow-methods': 'POST,GET',
      'access-control-allow-headers': 'authorization,content-type,x-local-user,x-local-scopes',
      'access-control-expose-headers': 'location',
      'access-control-max-age': '300',
    });
  });

  test('that it may send cookies, if that is configured', () => {
    expect(corsHeaders(from(APP), { ...POLICY, allowCredentials: true })).toMatchObject({
      'access-control-allow-credentials': 'true',
    });
  });
});

test.each([
  ['that asks from an origin for a method is a preflight', preflight, true],
  ['with another method is none', { ...preflight, method: 'GET' }, false],
  ['that names no origin is none', withHeaders({ origin: undefined }), false],
  [
    'that asks for no method is none',
    withHeaders({ 'access-control-request-method': undefined }),
    false,
  ],
])('a request %s', (_case, request, expected) => {
  expect(isPreflight(request)).toBe(expected);
});
