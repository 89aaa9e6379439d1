// Files and folders of a tree: `home:<username>` or `shared`.
import { request, requestBlob } from './request';
import type {
  DeletedView,
  FolderView,
  RestoredView,
  SavedView,
  TextView,
  TrashView,
  UsageView,
  VersionList,
  VersionTextView,
} from './types';

function address(tree: string, what: string, path?: string): string {
  const base = `/api/trees/${encodeURIComponent(tree)}/${what}`;
  return path === undefined ? base : `${base}?path=${encodeURIComponent(path)}`;
}

export function getFolder(tree: string, path: string): Promise<FolderView> {
  return request('GET', address(tree, 'folder', path));
}

export function makeFolder(tree: string, path: string): Promise<void> {
  return request('POST', address(tree, 'folders'), { path });
}

export function getText(tree: string, path: string): Promise<TextView> {
  return request('GET', address(tree, 'text', path));
}

/** Saves a text; without `base` the file must not exist yet. */
export function saveText(
  tree: string,
  path: string,
  text: string,
  base: string | null,
): Promise<SavedView> {
  return request('PUT', address(tree, 'text', path), base === null ? { text } : { text, base });
}

export function contentAddress(tree: string, path: string): string {
  return address(tree, 'content', path);
}

export function getContent(tree: string, path: string): Promise<Blob> {
  return requestBlob(address(tree, 'content', path));
}

export function putContent(
  tree: string,
  path: string,
  content: Blob,
  replace: boolean,
): Promise<SavedView> {
  return request('PUT', `${address(tree, 'content', path)}&replace=${replace}`, content);
}

export function moveEntry(tree: string, from: string, to: string): Promise<void> {
  return request('POST', address(tree, 'moves'), { from, to });
}

export function deleteEntry(tree: string, path: string): Promise<DeletedView> {
  return request('POST', address(tree, 'deletions'), { path });
}

export function restoreEntry(tree: string, trashId: string): Promise<RestoredView> {
  return request('POST', address(tree, 'restorations'), { trash_id: trashId });
}

/** Returns what was deleted, the last first. */
export function listTrash(tree: string): Promise<TrashView> {
  return request('GET', address(tree, 'trash'));
}

/** Returns the contents a file had, the newest first. */
export function listVersions(tree: string, path: string): Promise<VersionList> {
  return request('GET', address(tree, 'versions', path));
}

export function getVersion(tree: string, path: string, version: string): Promise<VersionTextView> {
  return request('GET', address(tree, `versions/${encodeURIComponent(version)}`, path));
}

/** Brings a version back in place of `base`; without `base` the file must not be there. */
export function restoreVersion(
  tree: string,
  path: string,
  version: string,
  base: string | null,
): Promise<SavedView> {
  const body = base === null ? { path, version } : { path, version, base };
  return request('POST', address(tree, 'reversions'), body);
}

export function getUsage(tree: string): Promise<UsageView> {
  return request('GET', address(tree, 'usage'));
}
