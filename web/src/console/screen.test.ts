import type { Terminal } from '@xterm/xterm';
import { expect, test } from 'vitest';
import { Screen } from './screen';

test('the command on top names the program as its folder does', () => {
  const written: string[] = [];
  const terminal = {
    onResize: () => undefined,
    write: (data: string) => written.push(data),
  } as unknown as Terminal;
  const screen = new Screen(terminal, { shown: () => undefined, reached: () => undefined });
  screen.begin('homework-3/dice.py');
  expect(written.join('')).toBe('\x18\x1bc\x1b[90m$ python3 dice.py\x1b[0m\r\n');
});
