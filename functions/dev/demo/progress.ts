const WIDTH = 30;
/** Between two lines when the output is no terminal. */
const PLAIN_INTERVAL_MS = 2000;

export type Bar = { readonly name: string; readonly done: number; readonly total: number };

/** Live bars on a terminal, redrawn in place; a plain line every two seconds anywhere else. */
export class ProgressDisplay {
  readonly #output: NodeJS.WriteStream;
  #drawnLines = 0;
  #nextPlainAt = 0;

  constructor(output: NodeJS.WriteStream = process.stdout) {
    this.#output = output;
  }

  update(bars: readonly Bar[]): void {
    if (this.#output.isTTY) this.#draw(bars);
    else if (performance.now() >= this.#nextPlainAt) this.#printPlain(bars);
  }

  /** Leaves the last state on the screen. */
  finish(bars: readonly Bar[]): void {
    if (this.#output.isTTY) this.#draw(bars);
    else this.#printPlain(bars);
    this.#drawnLines = 0;
    this.#nextPlainAt = 0;
  }

  #draw(bars: readonly Bar[]): void {
    const up = this.#drawnLines > 0 ? `\u001b[${this.#drawnLines}A` : '';
    this.#output.write(up + bars.map((bar) => `\u001b[2K${line(bar)}\n`).join(''));
    this.#drawnLines = bars.length;
  }

  #printPlain(bars: readonly Bar[]): void {
    this.#nextPlainAt = performance.now() + PLAIN_INTERVAL_MS;
    const parts = bars.map(({ name, done, total }) => `${name} ${done}/${total}`);
    this.#output.write(`  ${parts.join('   ')}\n`);
  }
}

function line({ name, done, total }: Bar): string {
  const filled = total === 0 ? WIDTH : Math.round((done / total) * WIDTH);
  const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled);
  return `  ${name.padEnd(12)} ${bar} ${String(done).padStart(5)} / ${total}`;
}
