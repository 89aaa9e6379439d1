import { expect, test } from 'vitest';
import { lineEndOf, toEditor, toFile } from './line-ends';

test('a file keeps the line ends it came with', () => {
  for (const text of ['a\nb\n', 'a\r\nb\r\n', '', 'no end']) {
    expect(toFile(toEditor(text), lineEndOf(text))).toBe(text);
  }
});

test('of mixed line ends the more frequent one is kept', () => {
  expect(lineEndOf('a\r\nb\r\nc\n')).toBe('\r\n');
  expect(lineEndOf('a\r\nb\nc\n')).toBe('\n');
});
