import type { BuildHandler } from '@smithy/types';

/** A server accepted a request, or nothing at all, and did not answer in time. Its name is in the message. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';

  constructor(server: string) {
    super(`${server} did not answer in time`);
  }
}

/** Errors of the SDK's HTTP handler, which do not say which server it was. */
const SILENCE = new Set(['AbortError', 'TimeoutError']);

/** Names the server in an error that says nothing but that time is over. */
export const namingServer = (error: unknown, server: string): unknown =>
  error instanceof Error && SILENCE.has(error.name) ? new NoAnswerError(server) : error;

/** Lets the errors of a client of the SDK name the server that did not answer. @returns the client */
export function namingItsServer<Client extends SdkClient>(client: Client): Client {
  // Outside of the retries, which know errors by their names.
  client.middlewareStack.add(nameSilentServer, { step: 'build', name: 'nameSilentServer' });
  return client;
}

type SdkClient = {
  readonly middlewareStack: {
    // As loose as the clients differ in their inputs and outputs.
    add(middleware: typeof nameSilentServer, options: { step: 'build'; name: string }): void;
  };
};

const nameSilentServer =
  <Input extends object, Output extends object>(
    next: BuildHandler<Input, Output>,
  ): BuildHandler<Input, Output> =>
  async (args) => {
    try {
      return await next(args);
    } catch (error) {
      throw namingServer(error, originOf(args.request));
    }
  };

function originOf(request: unknown): string {
  const { protocol = 'https:', hostname = 'AWS', port = '' } = request as Partial<URL>;
  return `${protocol}//${hostname}${port && `:${port}`}`;
}
