import { expect, test } from 'vitest';
import { addressOf, altOf, fileNameOf, freePath, type Figure } from './figure';

const figure: Figure = {
  run: 'r1',
  path: 'homework-3/plot.py',
  plot: 0,
  mediaType: 'image/svg+xml',
};

test('figures are counted as people count', () => {
  expect(altOf(figure)).toBe('Figure 1 of plot.py');
  expect(fileNameOf(figure)).toBe('figure-1.svg');
  expect(fileNameOf({ ...figure, plot: 11, mediaType: 'image/png' })).toBe('figure-12.png');
});

test('the address names the tree, the run and the figure', () => {
  expect(addressOf('home:ana', figure)).toBe('/api/trees/home%3Aana/runs/r1/plots/0');
});

test('a figure is saved beside its program under a name that is free', () => {
  const taken = new Set<string>();
  const free = () => freePath(figure, (name) => taken.has(name));
  expect(free()).toBe('homework-3/figure-1.svg');
  taken.add('figure-1.svg');
  expect(free()).toBe('homework-3/figure-1-2.svg');
  taken.add('figure-1-2.svg');
  expect(free()).toBe('homework-3/figure-1-3.svg');
  expect(freePath({ ...figure, path: 'plot.py' }, () => false)).toBe('figure-1.svg');
});
