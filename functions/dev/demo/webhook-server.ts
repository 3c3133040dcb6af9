import { createServer } from 'node:http';
import { pause } from '../../../shared/clock.ts';

export type WebhookServer = { readonly url: string; close(): void };

/** Events that the service behind the webhook answers in its own way. */
export const EVENTS = {
  /** Fails twice for every task before it works. */
  flaky: 'demo.flaky',
  /** Is not known any more: trying again does not help. */
  gone: 'demo.gone',
  /** Takes its time. */
  slow: 'demo.slow',
} as const;

const SLOW_MS = 150;
const FAILURES = 2;

/** The other side of `deliver-webhook`: a small real service with bad days. */
export function startWebhookServer(): Promise<WebhookServer> {
  const calls = new Map<string, number>();
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const { taskId, event } = JSON.parse(text) as { taskId: string; event: string };
    const call = (calls.get(taskId) ?? 0) + 1;
    calls.set(taskId, call);
    if (event === EVENTS.slow) await pause(SLOW_MS);
    if (event === EVENTS.gone) response.statusCode = 410;
    else if (event === EVENTS.flaky && call <= FAILURES) response.statusCode = 503;
    response.end();
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' ? address?.port : undefined;
      resolve({
        url: `http://127.0.0.1:${port}/`,
        close: () => {
          server.close();
          server.closeAllConnections();
        },
      });
    });
  });
}
