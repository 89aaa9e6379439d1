import { expect, test } from 'vitest';
import { findFaults, noFaults } from './new-password';

const good = { current: 'correct horse 7', wanted: 'battery staple', again: 'battery staple' };

test('a good one has no fault, in any writing', () => {
  expect(findFaults(good)).toEqual(noFaults);
  expect(findFaults({ ...good, wanted: 'ключ', again: 'ключ' })).toEqual(noFaults);
});

test('each fault stands at its field', () => {
  expect(findFaults({ current: '', wanted: 'short', again: 'other' })).toEqual({
    current: 'Enter the password that you have now.',
    wanted: 'Too short: at least 8 characters.',
    again: 'The two are not the same.',
  });
  expect(findFaults({ ...good, again: '' }).again).toBe('The two are not the same.');
});

test('one that is too long or the old one is refused', () => {
  const long = 'x'.repeat(1025);
  expect(findFaults({ ...good, wanted: long, again: long }).wanted).toBe('This is too long.');
  const old = good.current;
  expect(findFaults({ ...good, wanted: old, again: old }).wanted).toBe(
    'This is the password that you have now.',
  );
});
