import { expect, test } from 'vitest';
import { longestInput, splitInput } from './parts';

test('a short input is one part, and nothing is none', () => {
  expect(splitInput('print(1)\n')).toEqual(['print(1)\n']);
  expect(splitInput('')).toEqual([]);
});

test('no part is longer than 64 KiB of UTF-8', () => {
  const text = 'aé日🎲'.repeat(30_000);
  const parts = splitInput(text);
  expect(parts.join('')).toBe(text);
  for (const part of parts) {
    expect(new TextEncoder().encode(part).length).toBeLessThanOrEqual(longestInput);
  }
});

test('a part never ends inside a code point', () => {
  expect(splitInput('🎲🎲🎲', 5)).toEqual(['🎲', '🎲', '🎲']);
});
