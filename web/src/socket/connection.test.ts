import { PROTOCOL } from '../generated/socket';
import { beforeEach, expect, test } from 'vitest';
import type { FromServer } from '../generated/socket';
import {
  Connection,
  lostAfter,
  pingAfter,
  serverStops,
  sessionEnded,
  spread,
  type Listener,
  type Standing,
} from './connection';

/** A socket whose other end is the test. */
class TestSocket {
  binaryType = '';
  sent: string[] = [];
  isClosed = false;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  send(data: string): void {
    this.sent.push(data);
  }

  close(): void {
    this.isClosed = true;
  }

  say(message: FromServer): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  welcome(): void {
    this.onopen?.();
    this.say(welcome);
  }
}

let sockets: TestSocket[];
let waits: { ms: number; action: () => void }[];
let standings: Standing[];
let events: string[];
let isSignedIn: boolean | null;
let connection: Connection;

beforeEach(() => {
  [sockets, waits, standings, events, isSignedIn] = [[], [], [], [], true];
  const listener: Listener = {
    standing: (standing) => standings.push(standing),
    message: (message) => events.push(message.type),
    frame: (frame) => events.push(`frame ${frame.stream}`),
    sessionEnded: () => events.push('session ended'),
    outdated: (build) => events.push(`outdated by ${build}`),
  };
  connection = new Connection(listener, {
    open: () => {
      const socket = new TestSocket();
      sockets.push(socket);
      return socket as unknown as WebSocket;
    },
    random: () => 1,
    later: (ms, action) => {
      const wait = { ms, action };
      waits.push(wait);
      return () => {
        waits = waits.filter((one) => one !== wait);
      };
    },
    isSignedIn: () => Promise.resolve(isSignedIn),
  });
});

/** Lets the time of the one wait of this length be over. */
function pass(ms: number): void {
  const over = waits.filter((one) => one.ms === ms);
  expect(over).toHaveLength(1);
  waits = waits.filter((one) => one.ms !== ms);
  over[0]?.action();
}

function last(): TestSocket {
  const socket = sockets.at(-1);
  if (socket === undefined) throw new Error('no socket was opened');
  return socket;
}

const welcome: FromServer = { type: 'welcome', protocol: PROTOCOL, version: '1', build: 'b' };

test('the page greets first and is open once it is welcome', () => {
  connection.open();
  last().onopen?.();
  expect(last().sent).toEqual([JSON.stringify({ type: 'hello', protocol: PROTOCOL })]);
  expect(connection.send({ type: 'detach', stream: 1 })).toBe(false);
  last().say(welcome);
  expect(connection.send({ type: 'detach', stream: 1 })).toBe(true);
  expect(standings).toEqual(['connecting', 'open']);
});

test('a fallen connection is tried again, later each time, until it is welcome', () => {
  connection.open();
  last().welcome();
  last().onclose?.({ code: 1006 });
  expect(waits.map((wait) => wait.ms)).toEqual([400]);
  waits.shift()?.action();
  last().onclose?.({ code: 1006 });
  expect(waits.map((wait) => wait.ms)).toEqual([800]);
  waits.shift()?.action();
  last().welcome();
  last().onclose?.({ code: 1006 });
  expect(waits.map((wait) => wait.ms)).toEqual([400]);
});

test('a network that is known to be gone is not waited for', () => {
  connection.open();
  const first = last();
  first.welcome();
  connection.lose();
  expect(first.isClosed).toBe(true);
  expect(standings.at(-1)).toBe('waiting');
  first.onmessage?.({ data: '{"type":"program","run":null}' });
  expect(events).toEqual(['welcome']);
});

test('the end of the session ends the connection for good', () => {
  connection.open();
  last().welcome();
  last().onclose?.({ code: sessionEnded });
  expect(events).toContain('session ended');
  expect(standings.at(-1)).toBe('closed');
  expect(waits).toEqual([]);
});

test('a refused connection asks whether somebody is still signed in', async () => {
  isSignedIn = false;
  connection.open();
  last().onclose?.({ code: 1006 });
  await Promise.resolve();
  expect(events).toEqual(['session ended']);
  expect(waits).toEqual([]);
});

test('a server that does not answer does not end the session', async () => {
  isSignedIn = null;
  connection.open();
  last().onclose?.({ code: 1006 });
  await Promise.resolve();
  expect(events).toEqual([]);
  expect(waits).toHaveLength(1);
});

test('an outdated page says so, and tries again, for another server may speak as it does', () => {
  connection.open();
  last().onopen?.();
  last().say({ type: 'reload', build: 'other' });
  expect(events).toEqual(['outdated by other']);
  expect(standings.at(-1)).toBe('waiting');
  pass(400);
  last().welcome();
  expect(standings.at(-1)).toBe('open');
});

test('a page that is sent away goes at once, and comes back within a moment', () => {
  connection.open();
  const first = last();
  first.welcome();
  expect(connection.send({ type: 'detach', stream: 1 })).toBe(true);
  first.say({ type: 'leave' });
  expect(first.isClosed).toBe(true);
  expect(connection.send({ type: 'detach', stream: 2 })).toBe(false);
  expect(standings.at(-1)).toBe('waiting');
  pass(spread);
  last().welcome();
  expect(standings.at(-1)).toBe('open');
});

test('a server that closes because it stops is no failure, and the next one that is away is', () => {
  connection.open();
  last().welcome();
  last().onclose?.({ code: serverStops });
  pass(spread);
  last().onclose?.({ code: 1006 });
  pass(400);
  last().welcome();
  expect(events).toEqual(['welcome', 'welcome']);
});

test('binary messages are frames', () => {
  connection.open();
  last().welcome();
  const frame = new ArrayBuffer(13);
  new DataView(frame).setUint32(0, 9);
  last().onmessage?.({ data: frame });
  expect(events).toContain('frame 9');
});

test('a quiet connection is asked for a sign of life, again and again', () => {
  connection.open();
  last().welcome();
  for (let n = 1; n <= 3; n += 1) {
    pass(pingAfter);
    expect(last().sent.filter((one) => one === '{"type":"ping"}')).toHaveLength(n);
    last().say({ type: 'pong' });
  }
  expect(standings.at(-1)).toBe('open');
  expect(events).toEqual(['welcome']);
  expect(waits.map((wait) => wait.ms)).toEqual([pingAfter]);
});

test('output is a sign of life as well', () => {
  connection.open();
  last().welcome();
  pass(pingAfter);
  last().onmessage?.({ data: new ArrayBuffer(13) });
  expect(waits.map((wait) => wait.ms)).toEqual([pingAfter]);
});

test('a network that went silent without a word is lost, and tried again', () => {
  connection.open();
  const first = last();
  first.welcome();
  pass(pingAfter);
  pass(lostAfter - pingAfter);
  expect(first.isClosed).toBe(true);
  expect(standings.at(-1)).toBe('waiting');
  expect(waits.map((wait) => wait.ms)).toEqual([400]);
  pass(400);
  last().welcome();
  expect(standings.at(-1)).toBe('open');
});

test('a connection that never gets its welcome is lost, and nothing is said on it', () => {
  connection.open();
  const first = last();
  pass(pingAfter);
  expect(first.sent).toEqual([]);
  pass(lostAfter - pingAfter);
  expect(standings.at(-1)).toBe('waiting');
});

test('a closed connection waits for nothing', () => {
  connection.open();
  last().welcome();
  connection.close();
  expect(waits).toEqual([]);
});
