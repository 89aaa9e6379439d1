import { expect, test } from 'vitest';
import { byDay, dayOf, momentOf, momentWithin, saidAgo, timeOf } from './moments';

/** A moment by this machine's own clock, wherever it stands. */
const at = (...parts: [number, number, number, number?, number?]) =>
  new Date(...parts).toISOString();
const now = new Date(2026, 10, 27, 12, 4);

test('a day is named as people name it', () => {
  expect(dayOf(at(2026, 10, 27, 0, 0), now)).toBe('Today');
  expect(dayOf(at(2026, 10, 26, 23, 59), now)).toBe('Yesterday');
  expect(dayOf(at(2026, 10, 23, 9), now)).toBe('Monday 23 November');
  expect(dayOf(at(2025, 11, 31, 9), now)).toMatch(/^Wednesday,? 31 December 2025$/);
});

test('yesterday is the day before, also over the end of a year', () => {
  expect(dayOf(at(2025, 11, 31, 8), new Date(2026, 0, 1, 7))).toBe('Yesterday');
});

test('a moment has its day and its time', () => {
  expect(momentOf(at(2026, 10, 27, 9, 5), now, 'seconds')).toBe('Today at 09:05:00');
  expect(momentWithin(at(2026, 10, 27, 9, 5), now, 'minutes')).toBe('today at 09:05');
  expect(momentWithin(at(2026, 10, 26, 23, 59), now, 'minutes')).toBe('yesterday at 23:59');
  expect(momentWithin(at(2026, 10, 3, 9, 5), now, 'seconds')).toBe('3 November at 09:05:00');
  expect(momentOf(at(2026, 10, 3, 9, 5), now, 'minutes')).toBe('3 November at 09:05');
  expect(momentOf(at(2025, 10, 3, 9, 5), now, 'minutes')).toBe('3 November 2025 at 09:05');
  expect(timeOf(at(2026, 10, 3, 23, 5))).toBe('23:05:00');
});

test.each([
  ['just now', at(2026, 10, 27, 12, 3)],
  ['just now', at(2026, 10, 27, 12, 9)],
  ['2 minutes ago', at(2026, 10, 27, 12, 2)],
  ['59 minutes ago', at(2026, 10, 27, 11, 5)],
  ['1 hour ago', at(2026, 10, 27, 11, 4)],
  ['11 hours ago', at(2026, 10, 27, 0, 5)],
  ['yesterday at 20:00', at(2026, 10, 26, 20, 0)],
])('it was %s', (said, when) => {
  expect(saidAgo(when, now)).toBe(said);
});

test('what is of one day is together, in the order it came', () => {
  const [a, b, c] = [at(2026, 10, 27, 9), at(2026, 10, 27, 8), at(2026, 10, 26, 8)];
  const days = byDay([{ at: a }, { at: b }, { at: c }], now);
  expect(days.map((day) => [day.name, day.things.map((one) => one.at)])).toEqual([
    ['Today', [a, b]],
    ['Yesterday', [c]],
  ]);
  expect(byDay([], now)).toEqual([]);
});
