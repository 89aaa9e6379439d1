import { expect, test } from 'vitest';
import { search } from './search';

const find = (names: string[], typed: string) => search(names, typed, (name) => name);

test('nothing typed narrows nothing', () => {
  expect(find(['b', 'a'], ' ')).toEqual(['b', 'a']);
});

test('names that begin with it come first', () => {
  expect(find(['week/redice.py', 'dice.py', 'week/dice.py'], 'dice')).toEqual([
    'dice.py',
    'week/dice.py',
    'week/redice.py',
  ]);
});

test('all words count, and neither case nor accents do', () => {
  expect(find(['Ana Ruiz', 'José Ruíz', 'Ben'], 'ruiz jose')).toEqual(['José Ruíz']);
});
