import { expect, test } from 'vitest';
import { saidAgo, saidWhen } from './moment';

const now = new Date(2026, 2, 1, 14, 30);

test.each([
  ['today at 00:05', new Date(2026, 2, 1, 0, 5)],
  ['yesterday at 23:59', new Date(2026, 1, 28, 23, 59)],
  ['27 February at 23:59', new Date(2026, 1, 27, 23, 59)],
  ['31 December 2025 at 08:00', new Date(2025, 11, 31, 8, 0)],
])('it was %s', (said, at) => {
  expect(saidWhen(at, now)).toBe(said);
});

test.each([
  ['just now', new Date(2026, 2, 1, 14, 28, 1)],
  ['just now', new Date(2026, 2, 1, 14, 35)],
  ['2 minutes ago', new Date(2026, 2, 1, 14, 28)],
  ['59 minutes ago', new Date(2026, 2, 1, 13, 30, 1)],
  ['1 hour ago', new Date(2026, 2, 1, 13, 30)],
  ['11 hours ago', new Date(2026, 2, 1, 2, 31)],
  ['yesterday at 20:00', new Date(2026, 1, 28, 20, 0)],
])('it was %s', (said, at) => {
  expect(saidAgo(at, now)).toBe(said);
});
