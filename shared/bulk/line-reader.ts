import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';

/** The largest task is 5 MiB of parameters; a longer line is no task, and not kept in memory. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;

const NEWLINE = 0x0a;
/** Programs on Windows put it before the first line. https://www.unicode.org/faq/utf_bom.html#bom5 */
const BYTE_ORDER_MARK = /^\uFEFF/;

export type Line = {
  /** From 1. */
  readonly number: number;
  /** Without its end. Absent: it is longer than MAX_LINE_BYTES, or not UTF-8. */
  readonly text: string | undefined;
  readonly bytes: number;
};

/** Hands out the lines of a stream as they are asked for, and reads no further. */
export class LineReader {
  readonly #hash = createHash('sha256');
  readonly #lines: AsyncGenerator<Line>;
  #count = 0;
  #bytes = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#lines = this.#read(source);
  }

  /** Lines handed out so far. */
  get count(): number {
    return this.#count;
  }

  /** In these lines. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Digest of these lines. A last line without a line break counts as if it had one. */
  get sha256(): string {
    return this.#hash.copy().digest('base64url');
  }

  async next(): Promise<Line | undefined> {
    const { value } = await this.#lines.next();
    return value as Line | undefined;
  }

  async *#read(source: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
    let begun = new LineParts();
    for await (const chunk of source) {
      let start = 0;
      for (;;) {
        const end = chunk.indexOf(NEWLINE, start);
        if (end < 0) break;
        begun.add(chunk.subarray(start, end));
        yield this.#handOut(begun, chunk.subarray(start, end + 1));
        begun = new LineParts();
        start = end + 1;
      }
      const rest = chunk.subarray(start);
      begun.add(rest);
      this.#hash.update(rest);
    }
    if (begun.bytes > 0) yield this.#handOut(begun, '\n');
  }

  #handOut(parts: LineParts, unhashed: Uint8Array | string): Line {
    this.#hash.update(unhashed);
    this.#count += 1;
    this.#bytes += parts.bytes + 1;
    const text = this.#count === 1 ? parts.text?.replace(BYTE_ORDER_MARK, '') : parts.text;
    return { number: this.#count, text, bytes: parts.bytes };
  }
}

/** A line as it comes in, piece by piece; dropped once it is too long. */
class LineParts {
  #parts: Uint8Array[] = [];
  bytes = 0;

  add(part: Uint8Array): void {
    this.bytes += part.length;
    if (this.bytes > MAX_LINE_BYTES) this.#parts = [];
    else if (part.length > 0) this.#parts.push(part);
  }

  get text(): string | undefined {
    if (this.bytes > MAX_LINE_BYTES) return undefined;
    const whole = Buffer.concat(this.#parts);
    // Invalid UTF-8 must not become a task with replaced characters.
    return isUtf8(whole) ? whole.toString() : undefined;
  }
}
