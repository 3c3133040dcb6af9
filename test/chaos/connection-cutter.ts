import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { pause } from '../../shared/clock.ts';

const FAULTS = ['cut before', 'cut after', 'delayed'] as const;
type Fault = (typeof FAULTS)[number] | 'outage';

/** Sits in front of a PostgreSQL server and cuts connections, by a seeded chance. */
export class ConnectionCutter {
  readonly injected: Record<Fault, number> = {
    /** The server has seen nothing of the statement. */
    'cut before': 0,
    /** The server has done it, and the answer gets lost. */
    'cut after': 0,
    delayed: 0,
    outage: 0,
  };
  /** Chance of a fault per message of a client, 0 to 1. */
  rate = 0;
  /** While true, nobody gets a connection. */
  isOut = false;
  url = '';
  readonly #target: URL;
  readonly #random: () => number;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((client) => this.#join(client));

  constructor(target: string, random: () => number) {
    this.#target = new URL(target);
    this.#random = random;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const url = new URL(this.#target);
    url.port = String((this.#server.address() as AddressInfo).port);
    this.url = url.href;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(client: Socket): void {
    this.#sockets.add(client);
    client.once('close', () => this.#sockets.delete(client));
    if (this.isOut) {
      this.injected.outage += 1;
      client.destroy();
      return;
    }
    const server = connect(Number(this.#target.port), this.#target.hostname);
    const cut = (): void => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      socket.on('error', cut);
      socket.on('close', cut);
    }
    let isCutAfter = false;
    server.on('data', (answer) => (isCutAfter ? cut() : client.write(answer)));
    // One after the other, or what is delayed would be overtaken.
    let passedOn = Promise.resolve();
    client.on('data', (message) => {
      const fault = this.#draw();
      if (fault) this.injected[fault] += 1;
      passedOn = passedOn.then(async () => {
        if (fault === 'cut before') return cut();
        if (fault === 'delayed') await pause(50 + this.#random() * 1500);
        if (fault === 'cut after') isCutAfter = true;
        server.write(message);
      });
    });
  }

  #draw(): Fault | undefined {
    if (this.#random() >= this.rate) return undefined;
    return FAULTS[Math.floor(this.#random() * FAULTS.length)];
  }
}
