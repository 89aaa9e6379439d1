import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Refusal } from '../api/request';
import * as trees from '../api/trees';
import type { Workspace } from '../app/workspace.svelte';
import { NotSaved } from '../editor/not-saved';
import type { Tree } from '../files/tree.svelte';
import { Unnamed, VersionActions } from './version-actions';

vi.mock('../api/trees');

interface TestFile {
  isDirty: boolean;
  content: { kind: string };
  document: { saver: { base: string | null } };
}

let file: TestFile | null;
let canSave: boolean;
let told: string[];
let way: { label: string; run: () => void } | null;
let deleted: string[];
let reloaded: number;
let dialog: unknown;
let versions: VersionActions;

const tree = {
  id: 'home:ana',
  isWritable: true,
  load: () => Promise.resolve(),
} as unknown as Tree;
const old = { version: 'v1', at: '2026-01-01T10:42:07Z', size: 1, origin: 'saved' } as const;
const now = { kind: 'text', text: 'x', version: 'v3' } as const;

beforeEach(() => {
  [file, canSave, told, way, deleted, reloaded, dialog] = [null, true, [], null, [], 0, null];
  const tell = (sentence: string, action: typeof way = null) => {
    told.push(sentence);
    way = action;
  };
  const workspace = {
    set dialog(value: unknown) {
      dialog = value;
    },
    roomChanged: () => undefined,
    toasts: { show: tell, fail: tell },
    files: {
      find: () => file,
      within: () => (file === null ? [] : [file]),
      saveAll: () => Promise.resolve(canSave ? null : file),
      load: () => Promise.resolve((reloaded += 1)),
      refreshAll: () => Promise.resolve(),
    },
    actions: {
      saveFirst: () => {
        if (!canSave) return Promise.reject(new NotSaved('a.py', { kind: 'offline' }));
        if (file?.isDirty) file.document.saver.base = 'typed';
        return Promise.resolve();
      },
      delete: (_tree: Tree, path: string) => Promise.resolve(deleted.push(path)),
    },
  };
  versions = new VersionActions(workspace as unknown as Workspace);
  const saved = { version: 'v1', saved_at: '2026-01-01T11:00:00Z' };
  vi.mocked(trees.restoreVersion).mockResolvedValue(saved);
});

afterEach(() => {
  vi.resetAllMocks();
  vi.unstubAllGlobals();
});

const asked = () => vi.mocked(trees.restoreVersion).mock.calls;

test('a version takes the place of what was shown, and undo takes that back', async () => {
  await versions.restore(tree, 'w/a.py', old, now);
  expect(asked()).toEqual([['home:ana', 'w/a.py', 'v1', 'v3']]);
  expect(told[0]).toMatch(/^Restored a\.py as of 1 Jan/);
  expect(way?.label).toBe('Undo');
  way?.run();
  await vi.waitFor(() => expect(told).toHaveLength(2));
  expect(asked()[1]).toEqual(['home:ana', 'w/a.py', 'v3', 'v1']);
  expect(told[1]).toBe('a.py is again what it was before');
});

test('what was typed and not yet saved is saved first, and is what undo brings back', async () => {
  file = { isDirty: true, content: { kind: 'text' }, document: { saver: { base: 'v3' } } };
  await versions.restore(tree, 'a.py', old, now);
  expect(asked()).toEqual([['home:ana', 'a.py', 'v1', 'typed']]);
  way?.run();
  await vi.waitFor(() => expect(asked()).toHaveLength(2));
  expect(asked()[1]).toEqual(['home:ana', 'a.py', 'typed', 'v1']);
});

test('what was typed and cannot be saved is not replaced', async () => {
  file = { isDirty: true, content: { kind: 'text' }, document: { saver: { base: 'v3' } } };
  canSave = false;
  await expect(versions.restore(tree, 'a.py', old, now)).rejects.toBeInstanceOf(NotSaved);
  expect(await versions.saveFirst(tree, 'a.py')).toBe(false);
  expect(asked()).toEqual([]);
});

test('what the server refuses is for the caller', async () => {
  const conflict = new Refusal('conflict', 409, null, null);
  vi.mocked(trees.restoreVersion).mockRejectedValue(conflict);
  await expect(versions.restore(tree, 'a.py', old, now)).rejects.toBe(conflict);
  expect(told).toEqual([]);
});

test('a file that was changed since is not undone, and its history is one press away', async () => {
  await versions.restore(tree, 'a.py', old, now);
  vi.mocked(trees.restoreVersion).mockRejectedValue(new Refusal('conflict', 409, null, null));
  way?.run();
  await vi.waitFor(() => expect(told).toHaveLength(2));
  expect(told[1]).toBe('Not undone: a.py was changed since. Its history has every version.');
  way?.run();
  expect(dialog).toEqual({ kind: 'history', tree, path: 'a.py' });
});

test('a file that was gone is made again, and undo deletes it', async () => {
  await versions.restore(tree, 'a.py', old, { kind: 'gone' });
  expect(asked()).toEqual([['home:ana', 'a.py', 'v1', null]]);
  way?.run();
  expect(deleted).toEqual(['a.py']);
  // Who may not delete is not offered it.
  const theirs = { ...tree, isWritable: false } as unknown as Tree;
  await versions.restore(theirs, 'a.py', old, { kind: 'gone' });
  expect(way).toBeNull();
});

test('what is no text now is named by its content', async () => {
  file = { isDirty: false, content: { kind: 'refused' }, document: { saver: { base: null } } };
  vi.mocked(trees.getContent).mockResolvedValue(new Blob(['abc']));
  vi.stubGlobal('isSecureContext', true);
  await versions.restore(tree, 'a.py', old, { kind: 'other' });
  // FIPS 180-2, B.1.
  expect(asked()[0]?.[3]).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(reloaded).toBe(1);
});

test('where the browser cannot name it nothing is replaced', async () => {
  vi.mocked(trees.getContent).mockResolvedValue(new Blob(['abc']));
  vi.stubGlobal('isSecureContext', false);
  const restored = versions.restore(tree, 'a.py', old, { kind: 'other' });
  await expect(restored).rejects.toBeInstanceOf(Unnamed);
  expect(asked()).toEqual([]);
});
