// What stands in front of several servers: each connection goes to the first of them that takes it.
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export class Balancer {
  /** How many connections each server has had, in the order of the servers. */
  readonly taken: number[];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(private readonly ports: readonly number[]) {
    this.taken = ports.map(() => 0);
    this.#server = createServer((browser) => this.#pass(browser, 0));
  }

  static async start(urls: readonly string[]): Promise<Balancer> {
    const balancer = new Balancer(urls.map((url) => Number(new URL(url).port)));
    balancer.#server.listen(0, '127.0.0.1');
    await once(balancer.#server, 'listening');
    return balancer;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #pass(browser: Socket, at: number): void {
    const port = this.ports[at];
    if (port === undefined) {
      browser.destroy();
      return;
    }
    const server = connect(port, '127.0.0.1');
    this.#keep(browser);
    this.#keep(server);
    let isTaken = false;
    server.on('connect', () => {
      isTaken = true;
      this.taken[at] = (this.taken[at] ?? 0) + 1;
      browser.pipe(server).pipe(browser);
    });
    // One that was never taken goes on to the next; one that breaks, breaks at both ends.
    server.on('error', () => (isTaken ? browser.destroy() : this.#pass(browser, at + 1)));
    browser.on('error', () => server.destroy());
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
  }
}
