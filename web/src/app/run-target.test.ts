import { expect, test } from 'vitest';
import { describeTarget, runTarget } from './run-target';

const home = 'home:ana';

test('an own program in front is the target', () => {
  expect(runTarget({ tree: home, path: 'w/a.py' }, home, 'b.py')).toEqual({
    kind: 'front',
    path: 'w/a.py',
  });
});

test('a program of another tree runs as a copy', () => {
  const shared = { tree: 'shared', path: 'sheet.py' };
  expect(runTarget(shared, home, 'b.py')).toEqual({ kind: 'copy', ...shared });
});

test('a file that is not Python never runs another program', () => {
  expect(runTarget({ tree: home, path: 'notes.md' }, home, 'b.py')).toEqual({
    kind: 'not_python',
    path: 'notes.md',
    rename: null,
    again: 'b.py',
  });
});

test('an own file without an extension can get one', () => {
  const renames = [home, 'shared'].map((tree) => runTarget({ tree, path: 'w/hello' }, home, null));
  expect(renames).toMatchObject([{ rename: 'w/hello.py' }, { rename: null }]);
});

test('without an open file the last program runs again', () => {
  const target = runTarget(null, home, 'w/b.py');
  expect(target).toEqual({ kind: 'again', path: 'w/b.py' });
  expect(describeTarget(target)).toBe('Run b.py again. No file is open.');
  expect(runTarget(null, home, null)).toEqual({ kind: 'none' });
});
