import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { Sha256 } from '@smithy/core/checksum';
import { HttpRequest } from '@smithy/core/protocols';
import { SignatureV4 } from '@smithy/signature-v4';
import { REGION, ROOT } from './account.ts';
import type { Emulator } from './emulator.ts';

type Call = {
  readonly service: string;
  readonly path?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** AWS's own API, for what no client of this project's dependencies does. */
export async function callAws({ port }: Emulator, { service, path = '/', headers, body }: Call) {
  const signer = new SignatureV4({ service, region: REGION, credentials: ROOT, sha256: Sha256 });
  const signed = await signer.sign(
    new HttpRequest({
      method: 'POST',
      protocol: 'https:',
      hostname: '127.0.0.1',
      port,
      path,
      headers: { host: `127.0.0.1:${port}`, ...headers },
      body,
    }),
  );
  const url = `https://127.0.0.1:${port}${path}`;
  const answer = await fetch(url, { method: 'POST', headers: signed.headers, body });
  const answered = await answer.text();
  if (!answer.ok) throw new Error(`${service} answered ${answer.status}: ${answered}`);
  return answered;
}

/** Services with a JSON protocol. @param target as in `X-Amz-Target` */
export async function callJson<Answer>(
  emulator: Emulator,
  service: string,
  target: string,
  input: object,
): Promise<Answer> {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target };
  const body = JSON.stringify(input);
  return JSON.parse(await callAws(emulator, { service, headers, body })) as Answer;
}

/** Services with the query protocol. @returns the values of these elements of the answer */
export async function callQuery<Element extends string>(
  emulator: Emulator,
  service: string,
  parameters: Readonly<Record<string, string>>,
  elements: readonly Element[] = [],
): Promise<Record<Element, string>> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const body = new URLSearchParams(parameters).toString();
  const xml = await callAws(emulator, { service, headers, body });
  const textOf = (element: string): string =>
    new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1] ?? '';
  const entries = elements.map((element) => [element, textOf(element)]);
  return Object.fromEntries(entries) as Record<Element, string>;
}

/**
 * `fetch` to a deployed API: what DNS would do, and a host that the emulator knows, are in here.
 * Signatures cover the host, so `apiUrlOf` has to be called before a request is signed.
 */
export const fetchFrom =
  ({ port }: Emulator): typeof fetch =>
  async (input, init = {}) => {
    const { host, pathname, search } = new URL(String(input));
    const headers = { ...(init.headers as Record<string, string>), host };
    const { method = 'GET', signal } = init;
    const body = typeof init.body === 'string' ? init.body : undefined;
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          ...{
            host: '127.0.0.1',
            port,
            servername: '',
            method,
            headers,
            signal: signal ?? undefined,
          },
          path: pathname + search,
        },
        async (answer) => {
          const status = answer.statusCode ?? 0;
          const entries = Object.entries(answer.headers).map(([name, value]) => [
            name,
            String(value),
          ]);
          const content = await text(answer).catch(reject);
          if (content !== undefined)
            resolve(
              new Response(content || null, { status, headers: Object.fromEntries(entries) }),
            );
        },
      );
      sent.on('error', reject).end(body);
    });
  };

/** The URL of a deployed API as the emulator answers it: its id, and another domain. */
export const apiUrlOf = ({ port }: Emulator, output: string): string =>
  `https://${new URL(output).hostname.split('.')[0]}.execute-api.localhost:${port}`;
