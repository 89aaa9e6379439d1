import { expect, test } from 'vitest';
import type { Workspace } from '../app/workspace.svelte';
import { text } from '../text';
import { menuItems } from './menu-items';
import type { Row, Tree } from './tree.svelte';

const row = (kind: 'file' | 'folder' | 'special') =>
  ({ path: 'a', isFolder: kind === 'folder', entry: { kind, is_reachable: true } }) as Row;

function labels(of: Row | null, mayRestore: boolean, isWritable = false): string[] {
  const workspace = { mayRestore: () => mayRestore } as unknown as Workspace;
  const tree = { id: 'home:ana', isWritable } as Tree;
  return menuItems(workspace, tree, of, () => undefined).map((item) => item.label);
}

test('a file has a history, and its tree a trash, for whoever may bring things back', () => {
  for (const isWritable of [true, false]) {
    expect(labels(row('file'), true, isWritable)).toEqual(
      expect.arrayContaining([text.history.open, text.trash.open]),
    );
  }
  expect(labels(null, true)).toContain(text.trash.open);
});

test('what is handed out shows students neither what it was nor what was deleted', () => {
  expect(labels(row('file'), false)).not.toContain(text.history.open);
  expect(labels(row('file'), false)).not.toContain(text.trash.open);
});

test('only files have a history', () => {
  for (const kind of ['folder', 'special'] as const) {
    expect(labels(row(kind), true)).not.toContain(text.history.open);
  }
});

test('no two entries of a menu are called the same', () => {
  const all = labels(row('file'), true, true);
  expect(new Set(all).size).toBe(all.length);
});
