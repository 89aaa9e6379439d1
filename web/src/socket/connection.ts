// The WebSocket: opens it, greets, opens it again when it falls, and tells its one listener.
// What the messages mean is not decided here.
import { PROTOCOL, type FromBrowser, type FromServer } from '../generated/socket';
import { backoff } from './backoff';
import { readFrame, type Frame } from './frame';

/** The server closes with this code when the session has ended. */
export const sessionEnded = 4001;
/** The server stops: another one, or its successor, is there already. */
export const serverStops = 4003;
/** Pages that are sent away at once come back within this many milliseconds, each at a moment of its own. */
export const spread = 300;

/** Nothing has come for this long: ask. The browser keeps the server's own pings to itself. */
export const pingAfter = 20_000;
/** Nothing has come for this long, not even an answer: the network went silent. */
export const lostAfter = 45_000;

/** Where a connection is in its life; `closed` is for good. */
export type Standing = 'connecting' | 'open' | 'waiting' | 'closed';

export interface Listener {
  standing(standing: Standing): void;
  message(message: FromServer): void;
  frame(frame: Frame): void;
  /** The session is over; the connection has closed for good. */
  sessionEnded(): void;
  /** The page and the server do not speak the same; `build` is the server's own page. Another server may be met later. */
  outdated(build: string): void;
}

/** What is taken from the outside, so that tests can be in charge of it. */
export interface Surroundings {
  open(): WebSocket;
  random(): number;
  later(ms: number, action: () => void): () => void;
  /** Whether somebody is still signed in; `null` when the server does not answer. */
  isSignedIn(): Promise<boolean | null>;
}

export class Connection {
  #standing: Standing = 'closed';
  #socket: WebSocket | null = null;
  #attempt = 0;
  #cancelRetry: (() => void) | null = null;
  #cancelWatch: (() => void) | null = null;
  readonly #listener: Listener;
  readonly #outside: Surroundings;

  constructor(listener: Listener, outside: Surroundings) {
    this.#listener = listener;
    this.#outside = outside;
  }

  get isOpen(): boolean {
    return this.#standing === 'open';
  }

  /** Opens the socket, at once, unless it is open or opening. */
  open(): void {
    if (this.#standing === 'open' || this.#standing === 'connecting') return;
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    this.#become('connecting');
    const socket = this.#outside.open();
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    socket.onopen = () => socket.send(JSON.stringify({ type: 'hello', protocol: PROTOCOL }));
    socket.onmessage = (event: MessageEvent<unknown>) => this.#receive(socket, event.data);
    socket.onclose = (event) => this.#fell(socket, event.code);
    this.#watch();
  }

  /** Closes the socket for good. */
  close(): void {
    this.#cancelRetry?.();
    this.#drop();
    this.#become('closed');
  }

  /** The network is known to be gone: lets go of the socket now instead of in minutes. */
  lose(): void {
    if (this.#standing !== 'open' && this.#standing !== 'connecting') return;
    this.#drop();
    this.#retryLater();
  }

  /** Sends a message; returns whether there was an open socket to send it on. */
  send(message: FromBrowser): boolean {
    if (this.#standing !== 'open' || this.#socket === null) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  #receive(socket: WebSocket, data: unknown): void {
    if (socket !== this.#socket) return;
    this.#watch();
    if (data instanceof ArrayBuffer) {
      const frame = readFrame(data);
      if (frame !== null) this.#listener.frame(frame);
      return;
    }
    if (typeof data !== 'string') return;
    const message = JSON.parse(data) as FromServer;
    if (message.type === 'pong') return;
    if (message.type === 'reload') {
      this.#drop();
      this.#retryLater();
      this.#listener.outdated(message.build);
      return;
    }
    if (message.type === 'leave') {
      // All that was sent is before the close, and heard.
      this.#drop();
      this.#goElsewhere();
      return;
    }
    if (message.type === 'welcome') {
      this.#attempt = 0;
      this.#become('open');
    }
    this.#listener.message(message);
  }

  #fell(socket: WebSocket, code: number): void {
    if (socket !== this.#socket) return;
    const wasOpen = this.#standing === 'open';
    this.#drop();
    if (code === sessionEnded) {
      this.#become('closed');
      this.#listener.sessionEnded();
      return;
    }
    if (code === serverStops) {
      this.#goElsewhere();
      return;
    }
    this.#retryLater();
    // A refused upgrade does not say why; an expired session is one reason.
    if (!wasOpen) void this.#askWhetherSignedIn();
  }

  async #askWhetherSignedIn(): Promise<void> {
    const isSignedIn = await this.#outside.isSignedIn();
    if (isSignedIn === false && this.#standing !== 'closed') {
      this.close();
      this.#listener.sessionEnded();
    }
  }

  #retryLater(): void {
    const wait = backoff(this.#attempt, this.#outside.random);
    this.#attempt += 1;
    this.#retryIn(wait);
  }

  /** Not a failure: another server is there. */
  #goElsewhere(): void {
    this.#attempt = 0;
    this.#retryIn(spread * this.#outside.random());
  }

  #retryIn(ms: number): void {
    this.#become('waiting');
    this.#cancelRetry = this.#outside.later(ms, () => this.open());
  }

  /** Starts anew to wait for a sign of life. */
  #watch(): void {
    this.#cancelWatch?.();
    this.#cancelWatch = this.#outside.later(pingAfter, () => {
      this.send({ type: 'ping' });
      this.#cancelWatch = this.#outside.later(lostAfter - pingAfter, () => this.lose());
    });
  }

  #drop(): void {
    this.#cancelWatch?.();
    this.#cancelWatch = null;
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #become(standing: Standing): void {
    if (standing === this.#standing) return;
    this.#standing = standing;
    this.#listener.standing(standing);
  }
}
