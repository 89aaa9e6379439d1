import { expect, test } from 'vitest';
import { preparePaste } from './paste';

const [begin, end] = ['\x1b[200~', '\x1b[201~'];

test('typed keys stay as they are', () => {
  expect(preparePaste('\x1b[A', true)).toBe('\x1b[A');
  expect(preparePaste('x\r', true)).toBe('x\r');
});

test('a block that ends with a line end runs at once', () => {
  expect(preparePaste(`${begin}a\r\rb\r\r${end}`, true)).toBe(`${begin}a\r\rb${end}\r`);
});

test('a block without a line end waits for Enter', () => {
  expect(preparePaste(`${begin}a\rb${end}`, true)).toBe(`${begin}a\rb${end}`);
});

test('another program gets the line ends within the marks', () => {
  expect(preparePaste(`${begin}a\r${end}`, false)).toBe(`${begin}a\r${end}`);
});

test('pasted text cannot end the paste', () => {
  expect(preparePaste(`${begin}a${end}rm\r${end}`, false)).toBe(`${begin}a[201~rm\r${end}`);
});
