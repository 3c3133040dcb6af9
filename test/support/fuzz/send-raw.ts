import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Answer } from '../document-validator.ts';
import type { FuzzRequest } from './request-arbitrary.ts';

const agent = new Agent({ keepAlive: true });

/** Sends a request as it is: fetch would tidy up its address and headers. */
export const sendRaw = (
  url: string,
  { method, path, headers, body }: Omit<FuzzRequest, 'mayMissRoute'>,
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const sent = request({ hostname, port, method, path, agent, headers }, async (response) => {
      resolve({
        status: response.statusCode ?? 0,
        contentType: response.headers['content-type'] ?? '',
        text: await text(response),
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
