/** Options of a command that may wait for the tasks it has enqueued. */
export type WaitOptions = { readonly wait?: boolean; readonly timeout?: number };

export const timeoutProblem = ({
  wait,
  timeout,
}: {
  readonly wait?: boolean | undefined;
  readonly timeout?: number | undefined;
}): string | undefined => (timeout !== undefined && !wait ? '--timeout needs --wait.' : undefined);
