import { expect, test } from 'vitest';
import type { Mark } from '../generated/socket';
import { acknowledgeEvery, RunLog, type Item } from './log';

const end = {
  cause: 'finished' as const,
  exit_code: 0,
  signal: null,
  line: null,
  wall_ms: 40,
  cpu_ms: 20,
  peak_memory_bytes: 0,
  limit: null,
};
const scriptEnded: Mark = { type: 'script_ended', end };
const promptEnded: Mark = { type: 'prompt_ended', end };

const bytes = (text: string) => new TextEncoder().encode(text);

function told(items: Item[]): string[] {
  return items.map((item) => {
    if (item.kind === 'bytes') return new TextDecoder().decode(item.bytes);
    return item.kind === 'mark' ? `<${item.mark.type}>` : `<lost ${item.bytes}>`;
  });
}

test('bytes that come again are shown once', () => {
  const log = new RunLog();
  expect(told(log.frame(0, bytes('hello')))).toEqual(['hello']);
  expect(told(log.frame(0, bytes('hello')))).toEqual([]);
  expect(told(log.frame(3, bytes('lo you')))).toEqual([' you']);
  expect(log.received).toBe(9);
});

test('after a reconnect the log goes on where it was', () => {
  const log = new RunLog();
  log.frame(0, bytes('abc'));
  expect(log.attached(log.received, 0)).toEqual([]);
  expect(told(log.frame(3, bytes('def')))).toEqual(['def']);
});

test('a mark that comes early waits for the bytes before it', () => {
  const log = new RunLog();
  expect(told(log.mark(3, scriptEnded))).toEqual([]);
  expect(told(log.frame(0, bytes('abc>>> ')))).toEqual(['abc', '<script_ended>', '>>> ']);
});

test('a mark at the end of what is there comes at once', () => {
  const log = new RunLog();
  log.frame(0, bytes('abc'));
  expect(told(log.mark(3, scriptEnded))).toEqual(['<script_ended>']);
});

test('a run without output has its mark at its beginning', () => {
  const log = new RunLog();
  expect(told(log.mark(0, scriptEnded))).toEqual(['<script_ended>']);
});

test('a mark that comes again after a reconnect is shown once', () => {
  const log = new RunLog();
  log.frame(0, bytes('abc'));
  log.mark(3, scriptEnded);
  log.attached(3, 0);
  expect(told(log.mark(3, scriptEnded))).toEqual([]);
  expect(told(log.mark(3, promptEnded))).toEqual(['<prompt_ended>']);
});

test('figures shown at one place are told one by one, and each of them once', () => {
  const plot = (number: number): Mark => ({ type: 'plot', plot: number, media_type: 'image/png' });
  const log = new RunLog();
  const first = [log.mark(0, plot(0)), log.mark(0, plot(1))].flat();
  expect(told(first)).toEqual(['<plot>', '<plot>']);
  expect([log.mark(0, plot(0)), log.mark(0, plot(1)), log.mark(0, plot(2))].flat()).toEqual([
    { kind: 'mark', mark: plot(2) },
  ]);
});

test('bytes that are gone are told once, and the rest follows', () => {
  const log = new RunLog();
  log.frame(0, bytes('ab'));
  expect(told(log.attached(10, 8))).toEqual(['<lost 8>']);
  expect(told(log.frame(10, bytes('end')))).toEqual(['end']);
});

test('what is shown is acknowledged once it is worth a message', () => {
  const log = new RunLog();
  expect(log.shown(acknowledgeEvery - 1)).toBeNull();
  expect(log.shown(acknowledgeEvery)).toBe(acknowledgeEvery);
  expect(log.shown(acknowledgeEvery + 1)).toBeNull();
  expect(log.shown(acknowledgeEvery * 2)).toBe(acknowledgeEvery * 2);
});
