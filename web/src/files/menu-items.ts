// What the menu of a file, a folder or a whole tree offers.
import type { MenuItem } from '../app/dialogs';
import type { Workspace } from '../app/workspace.svelte';
import { text } from '../text';
import { folderOf } from './paths';
import type { Row, Tree } from './tree.svelte';

/** Returns why a row cannot be opened or changed, or `null` when it can. */
export function whyShut(row: Row): string | null {
  if (!row.entry.is_reachable) return text.files.unreachable;
  return row.entry.kind === 'special' ? text.files.special : null;
}

export function menuItems(
  workspace: Workspace,
  tree: Tree,
  row: Row | null,
  pickUploads: (tree: Tree, folder: string) => void,
): MenuItem[] {
  const items: MenuItem[] = [];
  const folder = row === null ? '' : row.isFolder ? row.path : folderOf(row.path);
  if (row !== null && row.entry.is_reachable) items.push(...ofRow(workspace, tree, row));
  if (tree.isWritable) {
    items.push(
      {
        label: text.files.newFile,
        run: () => (workspace.dialog = { kind: 'make', what: 'file', tree, folder }),
      },
      {
        label: text.files.newFolder,
        run: () => (workspace.dialog = { kind: 'make', what: 'folder', tree, folder }),
      },
      { label: text.files.upload, run: () => pickUploads(tree, folder) },
    );
  }
  items.push({ label: text.files.refresh, run: () => void tree.refresh() });
  if (workspace.mayRestore(tree)) {
    items.push({ label: text.trash.open, run: () => (workspace.dialog = { kind: 'trash', tree }) });
  }
  return items;
}

function ofRow(workspace: Workspace, tree: Tree, row: Row): MenuItem[] {
  const { actions } = workspace;
  const items: MenuItem[] = [];
  const isPlain = row.entry.kind === 'file';
  if (isPlain) {
    items.push(
      { label: text.files.open, key: 'Enter', run: () => void workspace.open(tree.id, row.path) },
      { label: text.files.download, run: () => void actions.download(tree.id, row.path) },
    );
  }
  if (isPlain && workspace.mayRestore(tree)) {
    items.push({
      label: text.history.open,
      run: () => (workspace.dialog = { kind: 'history', tree, path: row.path }),
    });
  }
  if (tree !== workspace.home && row.entry.kind !== 'special') {
    items.push({
      label: text.files.copyToMine,
      run: () => void actions.copyToMine(tree, row.path),
    });
  }
  if (tree.isWritable) {
    items.push(
      {
        label: text.files.rename,
        key: 'F2',
        run: () => (workspace.dialog = { kind: 'rename', tree, path: row.path }),
      },
      {
        label: text.files.move,
        run: () => (workspace.dialog = { kind: 'move', tree, path: row.path }),
      },
      {
        label: text.files.delete,
        key: 'Del',
        isDanger: true,
        run: () => void actions.delete(tree, row.path),
      },
    );
  }
  return items;
}
