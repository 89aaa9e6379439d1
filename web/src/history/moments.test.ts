import { expect, test } from 'vitest';
import { byDay, dayOf, momentOf, momentWithin, timeOf } from './moments';

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
  expect(momentOf(at(2026, 10, 27, 9, 5), now)).toBe('Today, 09:05:00');
  expect(momentWithin(at(2026, 10, 27, 9, 5), now)).toBe('today, 09:05:00');
  expect(momentWithin(at(2026, 10, 3, 9, 5), now)).toBe('3 Nov, 09:05:00');
  expect(momentOf(at(2026, 10, 3, 9, 5), now)).toBe('3 Nov, 09:05:00');
  expect(momentOf(at(2025, 10, 3, 9, 5), now)).toBe('3 Nov 2025, 09:05:00');
  expect(timeOf(at(2026, 10, 3, 23, 5))).toBe('23:05:00');
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
