import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { Journal, type Draft } from './journal';

let journal: Journal;

function draft(changes: Partial<Draft> = {}): Draft {
  const tree = 'home:ana';
  return { user: 'ana', tree, path: 'a.py', tab: 't1', text: 'x', base: 'v1', ...changes };
}

beforeAll(() => vi.stubGlobal('IDBKeyRange', IDBKeyRange));

beforeEach(() => {
  journal = new Journal(new IDBFactory());
});

test('a draft is there until it is removed', async () => {
  await journal.write(draft());
  expect(await journal.list('ana')).toEqual([draft()]);
  await journal.remove(draft());
  expect(await journal.list('ana')).toEqual([]);
});

test('a later draft of the same file replaces the earlier one', async () => {
  await journal.write(draft({ text: 'one' }));
  await journal.write(draft({ text: 'two' }));
  expect(await journal.list('ana')).toEqual([draft({ text: 'two' })]);
});

test('two tabs do not overwrite each other', async () => {
  await journal.write(draft({ tab: 't1', text: 'one' }));
  await journal.write(draft({ tab: 't2', text: 'two' }));
  await journal.remove(draft({ tab: 't1' }));
  expect((await journal.list('ana')).map((one) => one.text)).toEqual(['two']);
});

test('nobody gets the drafts of somebody else', async () => {
  await journal.write(draft({ user: 'ana' }));
  await journal.write(draft({ user: 'anabel' }));
  expect((await journal.list('ana')).map((one) => one.user)).toEqual(['ana']);
});

test('a draft of a tab that is gone is taken over', async () => {
  await journal.write(draft({ tab: 'gone' }));
  await journal.adopt(draft({ tab: 'gone' }), 'here');
  expect((await journal.list('ana')).map((one) => one.tab)).toEqual(['here']);
});
