// `serverless-task-queue/client/iam-signer`: for APIs that let IAM principals in.

import { Sha256 } from '@smithy/core/checksum';
import { HttpRequest } from '@smithy/core/protocols';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Sign } from '../shared/client/transport.ts';

export type IamSignerOptions = Pick<
  ConstructorParameters<typeof SignatureV4>[0],
  'credentials' | 'region'
>;

/**
 * Returns a signer for an API with IAM authorization.
 * @param options credentials, or a provider such as the SDK's `fromNodeProviderChain()`
 */
export function iamSigner({ credentials, region }: IamSignerOptions): Sign {
  const signer = new SignatureV4({
    credentials,
    region,
    service: 'execute-api',
    sha256: Sha256,
  });
  return async ({ method, url, headers, body }) => {
    const { protocol, hostname, port, host, pathname, searchParams } = new URL(url);
    const request = new HttpRequest({
      method,
      protocol,
      hostname,
      port: port === '' ? undefined : Number(port),
      path: pathname,
      query: Object.fromEntries(searchParams),
      headers: { ...headers, host },
      body,
    });
    const { host: _, ...signed } = (await signer.sign(request)).headers; // fetch sends the host itself
    return signed;
  };
}
