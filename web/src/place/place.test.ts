import { expect, test } from 'vitest';
import { parseTabs, readAddress, writeAddress } from './place';

test('an address leads back to its file, whatever its name', () => {
  for (const path of ['main.py', 'a b/ü 100%.py', '🎲#?.py', '']) {
    const file = { tree: 'home:ana', path };
    expect(readAddress(writeAddress(file))).toEqual(file);
  }
});

test('an address is easy to read', () => {
  expect(writeAddress({ tree: 'home:ana', path: 'week 1/dice.py' })).toBe(
    '#/home:ana/week%201/dice.py',
  );
});

test('what is no address leads nowhere', () => {
  for (const hash of ['', '#', '#/other/x', '#/home:', '#/%E0%A4%A']) {
    expect(readAddress(hash), hash).toBeNull();
  }
});

test('remembered tabs that cannot be read are forgotten', () => {
  for (const kept of [null, '', '{', '[]', '{"open":[{"tree":1}],"active":0}']) {
    expect(parseTabs(kept).open).toEqual([]);
  }
  expect(parseTabs('{"open":[{"tree":"shared","path":"a"}],"active":0}').open).toHaveLength(1);
});
