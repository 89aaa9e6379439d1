import { expect, test } from 'vitest';
import { findByLetters, treeAction, type KeyRow } from './tree-keys';

const folder = (name: string, isExpanded: boolean, level = 1): KeyRow => ({
  name,
  level,
  isFolder: true,
  isExpanded,
});
const file = (name: string, level = 1): KeyRow => ({
  name,
  level,
  isFolder: false,
  isExpanded: false,
});
const rows = [
  folder('week 1', true),
  file('dice.py', 2),
  file('data.csv', 2),
  folder('week 2', false),
];
const press = (index: number, key: string, shiftKey = false) =>
  treeAction(rows, index, { key, shiftKey });

test('up and down stop at the ends', () => {
  expect(press(0, 'ArrowUp')).toBeNull();
  expect(press(0, 'ArrowDown')).toEqual({ do: 'focus', index: 1 });
  expect(press(3, 'ArrowDown')).toBeNull();
  expect(press(1, 'End')).toEqual({ do: 'focus', index: 3 });
  expect(press(3, 'Home')).toEqual({ do: 'focus', index: 0 });
});

test('right opens a folder, then goes into it', () => {
  expect(press(3, 'ArrowRight')).toEqual({ do: 'expand' });
  expect(press(0, 'ArrowRight')).toEqual({ do: 'focus', index: 1 });
  expect(press(1, 'ArrowRight')).toBeNull();
});

test('left closes a folder, or goes to the one above', () => {
  expect(press(0, 'ArrowLeft')).toEqual({ do: 'collapse' });
  expect(press(2, 'ArrowLeft')).toEqual({ do: 'focus', index: 0 });
  expect(press(3, 'ArrowLeft')).toBeNull();
});

test('a row is opened, renamed, deleted and asked for its menu', () => {
  expect(press(1, 'Enter')).toEqual({ do: 'open' });
  expect(press(1, 'F2')).toEqual({ do: 'rename' });
  expect(press(1, 'Delete')).toEqual({ do: 'delete' });
  expect(press(1, 'F10', true)).toEqual({ do: 'menu' });
  expect(press(1, 'F10')).toBeNull();
});

test('letters go to the next name that begins with them, around the end', () => {
  expect(findByLetters(rows, 1, 'd')).toBe(2);
  expect(findByLetters(rows, 2, 'd')).toBe(1);
  expect(findByLetters(rows, 1, 'di')).toBe(1);
  expect(findByLetters(rows, 1, 'WEEK 2')).toBe(3);
  expect(findByLetters(rows, 1, 'zz')).toBe(1);
});

test('a key on no row does nothing', () => {
  expect(treeAction([], 0, { key: 'ArrowDown', shiftKey: false })).toBeNull();
});
