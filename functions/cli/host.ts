import type { Readable, Writable } from 'node:stream';
import { pause } from '../../shared/clock.ts';
import { type Paint, painter, plain } from './terminal/text.ts';

export type Input = Readable & { readonly isTTY?: boolean };
export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** Everything that the program takes from its process, which may run several commands at once. */
export type Host = {
  readonly env: NodeJS.ProcessEnv;
  /** Working directory: relative paths start here. */
  readonly directory: string;
  /** Returns a path that a user named, as this process can open it. */
  readonly pathOf: (path: string) => string;
  /** Id of the process. */
  readonly pid: number;
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Calls back at the first Ctrl-C. The second one ends the process. */
  readonly onInterrupt: (act: () => void) => void;
  /**
   * Makes the process one of the target. Handlers are code of the project: they and their own clients
   * read the environment of the process, some of them while they are loaded.
   */
  readonly setEnvironment: (env: NodeJS.ProcessEnv) => void;
};

/** A server that fell silent must not keep a command that has ended for longer, in milliseconds. */
const CLOSING_MS = 1000;

/** One run of the program: its host, and what the run changes and opens. */
export class CommandRun {
  readonly host: Host;
  /** Absent: 0. */
  exitCode: number | undefined;
  /** False after --no-color. */
  hasColours = true;
  readonly #closes: (() => unknown)[] = [];

  constructor(host: Host) {
    this.host = host;
  }

  /** Colors text for one of the host's streams. */
  paintOn(stream: Output): Paint {
    return this.hasColours ? painter(stream) : plain;
  }

  /** Keeps what closes a connection or a file, for `close`. */
  readonly opened = (close: () => unknown): void => {
    this.#closes.push(close);
  };

  /** Closes everything that the run has opened. Never rejects. */
  async close(): Promise<void> {
    const closes = this.#closes.splice(0).map(async (close) => close());
    const isLate = new AbortController();
    await Promise.race([Promise.allSettled(closes), pause(CLOSING_MS, isLate.signal)]);
    isLate.abort();
  }
}
