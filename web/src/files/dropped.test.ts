import { expect, test } from 'vitest';
import { readDropped, Unreadable } from './dropped';

function file(name: string): FileSystemEntry {
  const read = (done: (file: File) => void): void => done(new File([], name));
  return { name, isFile: true, isDirectory: false, file: read } as unknown as FileSystemEntry;
}

/** A folder whose reader returns two children at a time. */
function folder(name: string, children: FileSystemEntry[]): FileSystemEntry {
  const createReader = () => {
    const left = [...children];
    return {
      readEntries: (done: (some: FileSystemEntry[]) => void) => done(left.splice(0, 2)),
    };
  };
  return { name, isFile: false, isDirectory: true, createReader } as unknown as FileSystemEntry;
}

test('a folder is read with all that it contains', async () => {
  const entries = [
    folder('a', [file('1'), file('2'), file('3'), folder('b', [file('4')]), folder('c', [])]),
    file('5'),
  ];
  const dropped = await readDropped(entries);
  expect(dropped?.folders).toEqual(['a', 'a/b', 'a/c']);
  expect(dropped?.files.map(({ path }) => path).toSorted()).toEqual([
    '5',
    'a/1',
    'a/2',
    'a/3',
    'a/b/4',
  ]);
});

test('a drop with too many entries is refused', async () => {
  const files = Array.from({ length: 9 }, (_, n) => file(`${n}`));
  expect(await readDropped([folder('a', files)], 10)).not.toBeNull();
  expect(await readDropped([folder('a', [...files, file('9')])], 10)).toBeNull();
});

test('a file that cannot be read is named', async () => {
  const broken = {
    ...file('gone.txt'),
    file: (_: unknown, fail: (error: Error) => void) => fail(new Error('NotFoundError')),
  } as unknown as FileSystemEntry;
  await expect(readDropped([folder('a', [broken])])).rejects.toThrow(Unreadable);
});
