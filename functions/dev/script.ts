import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { messageOf } from '../../shared/foreign/text.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

/**
 * Reads the command line of a script. `--help` prints the usage and ends the process. Anything
 * unknown ends it with exit code 2 and one sentence.
 */
export function optionsOf<const Accepted extends Options>(usage: string, accepted: Accepted) {
  const options = { ...accepted, help: { type: 'boolean' } } as const;
  const asksForHelp = process.argv.slice(2).includes('--help');
  if (asksForHelp) {
    process.stdout.write(`${usage}\n`);
    process.exit(0);
  }
  try {
    return parseArgs({ options, strict: true }).values;
  } catch (error) {
    complain(error);
    process.exit(2);
  }
}

/**
 * Runs a script. It ends with the exit code that `main` resolves to, or with 1 and one sentence. It
 * ends quietly when nobody reads its output any more.
 */
export function runScript(main: () => Promise<number>): void {
  main().then(
    (code) => process.exit(code),
    (error: unknown) => {
      const isClosed = error instanceof AskedToEnd && error.request === 'closed';
      if (!isClosed) complain(error);
      process.exit(isClosed ? 0 : 1);
    },
  );
}

const complain = (error: unknown): boolean => process.stderr.write(`${messageOf(error)}\n`);

export type EndRequest = 'interrupted' | 'closed';

/**
 * Resolves when somebody asks the process to end: with Ctrl-C, SIGTERM or SIGHUP, or because nobody reads
 * its output any more, as after `| head`.
 */
export function untilAskedToEnd(): Promise<EndRequest> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => resolve('interrupted'));
    }
    for (const stream of [process.stdout, process.stderr]) {
      stream.on('error', (error: NodeJS.ErrnoException) => {
        // EIO: the terminal has closed.
        if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
        resolve('closed');
      });
    }
  });
}

/** The process was asked to end. */
export class AskedToEnd extends Error {
  readonly request: EndRequest;

  constructor(request: EndRequest) {
    super(request === 'interrupted' ? 'Interrupted.' : 'Nobody reads the output any more.');
    this.request = request;
  }
}

/** Resolves to the result of `work`. @throws {AskedToEnd} when the process is asked to end first */
export const unlessAsked = <Result>(
  askedToEnd: Promise<EndRequest>,
  work: Promise<Result>,
): Promise<Result> =>
  Promise.race([
    work,
    askedToEnd.then((request): never => {
      throw new AskedToEnd(request);
    }),
  ]);

/**
 * Writes a generated file. With `--check` on the command line it only compares, and fails when the
 * file is out of date.
 * @param path from the root of the repository
 * @param command what generates the file
 */
export function writeGenerated(path: string, text: string, command: string): void {
  const { check = false } = optionsOf(
    `Usage: ${command} [-- --check]\n\nWrites ${path}. --check only compares.`,
    { check: { type: 'boolean' } },
  );
  const file = fileURLToPath(new URL(`../../${path}`, import.meta.url));
  if (!check) {
    writeFileSync(file, text);
  } else if (readFileSync(file, 'utf8') !== text) {
    process.stderr.write(`${path} is out of date: ${command}\n`);
    process.exitCode = 1;
  }
}
