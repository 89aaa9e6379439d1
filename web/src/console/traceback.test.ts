import { expect, test } from 'vitest';
import { candidates, findPlaces } from './traceback';

test('a traceback names a file and a line', () => {
  expect(findPlaces('  File "dice.py", line 15, in <module>')).toEqual([
    { printed: 'dice.py', line: 15, start: 2, end: 25 },
  ]);
});

test('Python’s own files are no places to go to', () => {
  expect(findPlaces('  File "/usr/lib/python3.11/random.py", line 370, in choice')).toEqual([]);
  expect(findPlaces('  File "<stdin>", line 1, in <module>')).toEqual([]);
  expect(findPlaces('  File "/x/lib/python3.12/site-packages/a.py", line 1')).toEqual([]);
});

test('a relative path is sought beside the program, then from the top', () => {
  expect(candidates('helpers.py', 'homework/dice.py')).toEqual([
    'homework/helpers.py',
    'helpers.py',
  ]);
});

test('an absolute path is matched by its end, the program’s own first', () => {
  const found = candidates('/home/student/homework/dice.py', 'homework/dice.py');
  expect(found[0]).toBe('homework/dice.py');
  expect(found).toContain('dice.py');
});

test('no candidate leaves the home', () => {
  expect(candidates('../other/secret.py', 'a/b.py')).toEqual([]);
});
