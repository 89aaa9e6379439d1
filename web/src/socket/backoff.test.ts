import { expect, test } from 'vitest';
import { backoff } from './backoff';

test('the wait doubles up to fifteen seconds', () => {
  const longest = [0, 1, 2, 3, 20, 2000].map((attempt) => backoff(attempt, () => 1));
  expect(longest).toEqual([400, 800, 1600, 3200, 15_000, 15_000]);
});

test('chance spreads the wait over its upper half', () => {
  expect(backoff(2, () => 0)).toBe(800);
  expect(backoff(2, () => 0.5)).toBe(1200);
});
