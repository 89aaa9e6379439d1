import { expect, test } from 'vitest';
import { parseSpots } from './spots';

const none = { spots: [], keyboard: null, lower: 'console' };

test('what was written is read', () => {
  const spot = { tree: 'home:ana', path: 'a.py', anchor: 3, head: 0 };
  const spots = { spots: [spot], keyboard: 'console', lower: 'plots' };
  expect(parseSpots(JSON.stringify(spots))).toEqual(spots);
});

test('what another version wrote, or nobody, is nothing', () => {
  for (const kept of [null, '', '7', 'null', '[]', '{"spots":[{"tree":"home:ana"}]}']) {
    expect(parseSpots(kept)).toEqual(none);
  }
  const odd = { tree: 'home:ana', path: 'a.py', anchor: -1, head: 0.5 };
  expect(parseSpots(JSON.stringify({ spots: [odd], keyboard: 'mouse' }))).toEqual(none);
});
