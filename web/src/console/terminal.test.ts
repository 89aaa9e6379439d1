import { expect, test } from 'vitest';
import { isForTerminal } from './terminal';

function press(keys: Partial<KeyboardEvent>, selection: string, isMac = false): boolean {
  const event = {
    type: 'keydown',
    key: 'c',
    ctrlKey: false,
    metaKey: false,
    shiftKey: false,
    altKey: false,
    preventDefault: () => undefined,
    ...keys,
  };
  return isForTerminal(event, { getSelection: () => selection }, isMac);
}

test('Ctrl-C copies a selection', () => {
  expect(press({ ctrlKey: true }, 'word')).toBe(false);
});

test('Ctrl-C without selected text interrupts', () => {
  expect(press({ ctrlKey: true }, '')).toBe(true);
});

test('on a Mac, Cmd-C copies', () => {
  expect(press({ metaKey: true }, 'word', true)).toBe(false);
});

test('on a Mac, Ctrl-C interrupts despite a selection', () => {
  expect(press({ ctrlKey: true }, 'word', true)).toBe(true);
});

test('Shift-Tab leaves the console', () => {
  expect(press({ key: 'Tab', shiftKey: true }, '')).toBe(false);
});
