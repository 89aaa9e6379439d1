import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Refusal, Unreachable } from '../api/request';
import * as trees from '../api/trees';
import type { Draft } from '../journal/journal';
import { OpenFiles } from './open-files.svelte';

vi.mock('../api/trees');

let draft: Draft | null;
let restored: string[];
let dropped: number;
let files: OpenFiles;

beforeEach(() => {
  draft = { user: 'ana', tab: 't', tree: 'home:ana', path: 'a.py', text: 'x = 1\r\n', base: 'v1' };
  [restored, dropped] = [[], 0];
  files = new OpenFiles({
    for: () => ({ keep: () => undefined, drop: () => (dropped += 1) }),
    take: () => Promise.resolve(draft),
    restored: (name) => restored.push(name),
  });
  vi.mocked(trees.getText).mockRejectedValue(new Refusal('not_found', 404, null, null));
});

afterEach(() => vi.resetAllMocks());

test('unsaved text of a file that was deleted elsewhere is shown, and waits for a choice', async () => {
  const { document } = await files.open('home:ana', 'a.py');
  expect(document?.editor.doc.toString()).toBe('x = 1\n');
  expect(document?.saveState).toEqual({ kind: 'conflict', theirs: null });
  expect(restored).toEqual(['a.py']);
  expect(dropped).toBe(0);
});

test('it can be saved again, as it was', async () => {
  const saved = { version: 'v2', saved_at: '2026-01-01T10:42:07Z' };
  vi.mocked(trees.saveText).mockResolvedValue(saved);
  const { document } = await files.open('home:ana', 'a.py');
  expect(await document?.saver.keepMine(() => Promise.reject(new Error('nothing')))).toBe(true);
  expect(vi.mocked(trees.saveText).mock.calls).toEqual([['home:ana', 'a.py', 'x = 1\r\n', null]]);
  expect(document?.saveState.kind).toBe('saved');
  expect(dropped).toBe(1);
});

test('closing it gives the draft up', async () => {
  files.close(await files.open('home:ana', 'a.py'), true);
  expect(dropped).toBe(1);
});

test('a file that is gone and of which nothing was unsaved is only gone', async () => {
  draft = null;
  const { content } = await files.open('home:ana', 'a.py');
  expect(content).toMatchObject({ kind: 'refused', why: { code: 'not_found' } });
});

test('without an answer the draft stays where it is', async () => {
  vi.mocked(trees.getText).mockRejectedValue(new Unreachable(''));
  const { content } = await files.open('home:ana', 'a.py');
  expect(content.kind).toBe('unreachable');
  expect(restored).toEqual([]);
});

test('a draft that the server has is dropped', async () => {
  const view = { text: 'x = 1\r\n', version: 'v2', is_writable: true };
  vi.mocked(trees.getText).mockResolvedValue(view);
  await files.open('home:ana', 'a.py');
  expect([dropped, restored]).toEqual([1, []]);
});

test('a draft goes along when its file is moved', async () => {
  const view = { text: 'x = 2\n', version: 'v2', is_writable: true };
  vi.mocked(trees.getText).mockResolvedValue(view);
  const kept: string[] = [];
  files = new OpenFiles({
    for: (file) => ({
      keep: (text) => kept.push(`keep ${file.path}: ${text}`),
      drop: () => kept.push(`drop ${file.path}`),
    }),
    take: () => Promise.resolve(draft),
    restored: () => undefined,
  });
  const file = await files.open('home:ana', 'a.py');
  files.moved('home:ana', 'a.py', 'b.py');
  files.close(file, false);
  expect(kept).toEqual(['drop a.py', 'keep b.py: x = 1\n']);
});
