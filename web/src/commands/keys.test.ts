import { expect, test } from 'vitest';
import { commandFor, written, type Pressed } from './keys';

function pressed(key: string, held: Partial<Pressed> = {}): Pressed {
  const none = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, code: '' };
  return { ...none, key, ...held };
}

test('F5 and Ctrl-Enter run, Shift-F5 stops', () => {
  expect(commandFor(pressed('F5'), false)).toBe('run');
  expect(commandFor(pressed('Enter', { ctrlKey: true }), false)).toBe('run');
  expect(commandFor(pressed('F5', { shiftKey: true }), false)).toBe('stop');
});

test('on a Mac, Command stands for Ctrl, and Ctrl-S is left alone', () => {
  expect(commandFor(pressed('s', { metaKey: true }), true)).toBe('save');
  expect(commandFor(pressed('s', { ctrlKey: true }), true)).toBeNull();
});

test('Option and an arrow stay with the text on a Mac', () => {
  expect(commandFor(pressed('ArrowLeft', { altKey: true }), true)).toBeNull();
  expect(commandFor(pressed('ArrowLeft', { altKey: true }), false)).toBe('previousTab');
});

test('what a program or a text may want is not taken', () => {
  for (const key of ['c', 'v', 'z', 'd', 'r']) {
    expect(commandFor(pressed(key, { ctrlKey: true }), false)).toBeNull();
  }
  expect(commandFor(pressed('a'), false)).toBeNull();
  // On many keyboards this is AltGr and types a letter.
  expect(commandFor(pressed('p', { ctrlKey: true, altKey: true }), false)).toBeNull();
});

test('keys are written as on the machine’s own keyboard', () => {
  expect(written('Ctrl-Shift-P', false)).toBe('Ctrl-Shift-P');
  expect(written('Ctrl-Shift-P', true)).toBe('⇧⌘P');
});
