import { expect, test } from 'vitest';
import { afterMove, extensionOf, folderOf, freeName, isWithin, nameOf, whyBadName } from './paths';

test('a path has a folder and a name', () => {
  expect([folderOf('a/b/c.py'), nameOf('a/b/c.py')]).toEqual(['a/b', 'c.py']);
  expect([folderOf('c.py'), nameOf('c.py')]).toEqual(['', 'c.py']);
});

test('a folder holds what is under it and not what begins like it', () => {
  expect(isWithin('ab1/x', 'ab1')).toBe(true);
  expect(isWithin('ab12/x', 'ab1')).toBe(false);
  expect(isWithin('anything', '')).toBe(true);
});

test('what is in a moved folder moves with it', () => {
  expect(afterMove('old/a/b.py', 'old', 'new/old')).toBe('new/old/a/b.py');
  expect(afterMove('older/b.py', 'old', 'new')).toBe('older/b.py');
});

test('names that no file can have are refused with a reason', () => {
  for (const name of ['', '  ', '.', '..', 'a/b', 'a\nb', 'é'.repeat(128)]) {
    expect(whyBadName(name), JSON.stringify(name)).not.toBeNull();
  }
  for (const name of ['main.py', '🎲.py', 'برنامج.py', '.hidden', 'a b']) {
    expect(whyBadName(name), name).toBeNull();
  }
});

test('names that only look like others, or are the system’s, are refused with a reason', () => {
  for (const name of ['yp\u202eexe.py', 'a\u2066b.py', '\u202a', '\u2069', 'a\u0085b']) {
    expect(whyBadName(name), JSON.stringify(name)).toMatch(/^A name cannot contain/);
  }
  for (const name of ['.pythonide', '.pythonide-save-x']) {
    expect(whyBadName(name), name).toBe(
      'A name cannot start with .pythonide: the system uses such names.',
    );
  }
  // Joiners and marks belong to ordinary writing.
  for (const name of ['می\u200cخواهم.py', 'a\u200f.py', 'my.pythonide', '.python']) {
    expect(whyBadName(name), name).toBeNull();
  }
});

test('an extension is in small letters and a dot file has none', () => {
  expect([extensionOf('A.PY'), extensionOf('.bashrc'), extensionOf('x/y.tar.gz')]).toEqual([
    'py',
    '',
    'gz',
  ]);
});

test('a free name counts until it is free', () => {
  const taken = new Set(['dice (mine).py', 'dice (mine 2).py']);
  expect(freeName('dice.py', 'mine', (name) => taken.has(name))).toBe('dice (mine 3).py');
  expect(freeName('README', 'mine', () => false)).toBe('README (mine)');
});
