/** The exit code of what Ctrl-C ended, as shells have it. */
export const INTERRUPTED = 130;

/** Aborts with the first Ctrl-C, so that a command can tidy up; a second one ends it as it is. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  process.once('SIGINT', () => {
    process.exitCode = INTERRUPTED;
    controller.abort();
  });
  return controller.signal;
}
