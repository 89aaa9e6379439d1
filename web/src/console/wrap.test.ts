import { expect, test } from 'vitest';
import { cellsOf, wrap } from './wrap';

test('a sentence is broken between its words, and none is lost', () => {
  const hint =
    'Nothing is called “pritn” here yet. Give it a value first (“pritn = …”), or put quotes around it.';
  const lines = wrap(hint, 40);
  expect(lines.length).toBeGreaterThan(2);
  expect(Math.max(...lines.map(cellsOf))).toBeLessThanOrEqual(40);
  expect(lines.join(' ')).toBe(hint);
});

test('what fits stays on one line', () => {
  expect(wrap('Finished in 0.04 s', 18)).toEqual(['Finished in 0.04 s']);
});

test('a word that is wider than the line has one of its own', () => {
  expect(wrap('a supercalifragilistic b', 5)).toEqual(['a', 'supercalifragilistic', 'b']);
});

test('letters that take two cells count as two', () => {
  expect(cellsOf('程序 ok')).toBe(7);
  expect(wrap('程序 程序', 8)).toEqual(['程序', '程序']);
});

test('an empty text has no line', () => {
  expect(wrap('  ', 10)).toEqual([]);
});
