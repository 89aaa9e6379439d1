// What is known of one tree: its folders as far as they were opened, and the rows to draw.
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import { Refusal, Unreachable } from '../api/request';
import { getFolder } from '../api/trees';
import type { EntryView, FolderView } from '../api/types';
import { afterMove, folderOf, isWithin, join, nameOf } from './paths';

export type FolderState =
  { kind: 'loading' } | { kind: 'ready'; view: FolderView } | { kind: 'failed' };

export interface Row {
  path: string;
  name: string;
  entry: EntryView;
  level: number;
  isFolder: boolean;
  isExpanded: boolean;
  /** Its place among its siblings, from 1. */
  position: number;
  siblings: number;
}

export class Tree {
  readonly id: string;
  readonly folders = new SvelteMap<string, FolderState>();
  readonly expanded = new SvelteSet<string>();
  /** The row that has the focus, or would get it. */
  current = $state<string | null>(null);
  readonly rows = $derived.by(() => this.#rowsOf('', 1));
  readonly #isOwn: boolean;

  constructor(id: string, isOwn = false) {
    this.id = id;
    this.#isOwn = isOwn;
  }

  get root(): FolderState | null {
    return this.folders.get('') ?? null;
  }

  /** Whether it may be changed. Nobody has to wait for the server to change what is his own. */
  get isWritable(): boolean {
    return this.root?.kind === 'ready' ? this.root.view.is_writable : this.#isOwn;
  }

  get isEmpty(): boolean {
    return this.root?.kind === 'ready' && this.root.view.entries.length === 0;
  }

  /** Reads a folder again; the old rows stay until the answer is there. */
  async load(folder: string): Promise<void> {
    if (this.folders.get(folder)?.kind !== 'ready') this.folders.set(folder, { kind: 'loading' });
    try {
      this.folders.set(folder, { kind: 'ready', view: await getFolder(this.id, folder) });
    } catch (error) {
      if (error instanceof Refusal && error.code === 'not_found' && folder !== '') {
        this.folders.delete(folder);
        this.expanded.delete(folder);
        return;
      }
      if (!(error instanceof Refusal) && !(error instanceof Unreachable)) throw error;
      if (this.folders.get(folder)?.kind !== 'ready') this.folders.set(folder, { kind: 'failed' });
    }
  }

  /** Reads the root and every expanded folder again. */
  async refresh(): Promise<void> {
    await Promise.all(['', ...this.expanded].map((folder) => this.load(folder)));
  }

  async expand(folder: string): Promise<void> {
    this.expanded.add(folder);
    if (this.folders.get(folder)?.kind !== 'ready') await this.load(folder);
  }

  collapse(folder: string): void {
    this.expanded.delete(folder);
    if (this.current !== null && isWithin(this.current, folder)) this.current = folder;
  }

  /** Expands all folders above a path, and makes it the current row. */
  async reveal(path: string): Promise<void> {
    const parts = folderOf(path).split('/').filter(Boolean);
    for (let n = 1; n <= parts.length; n += 1) await this.expand(parts.slice(0, n).join('/'));
    this.current = path;
  }

  /** Returns the entry at a path, reading its folder if need be. */
  async entry(path: string): Promise<EntryView | null> {
    const folder = folderOf(path);
    if (this.folders.get(folder)?.kind !== 'ready') await this.load(folder);
    const name = nameOf(path);
    return this.entriesOf(folder).find((one) => one.name === name) ?? null;
  }

  entriesOf(folder: string): EntryView[] {
    const state = this.folders.get(folder);
    return state?.kind === 'ready' ? state.view.entries : [];
  }

  /** Something was moved: what was expanded stays expanded. */
  moved(from: string, to: string): void {
    for (const folder of [...this.expanded].filter((one) => isWithin(one, from))) {
      this.expanded.delete(folder);
      this.folders.delete(folder);
      this.expanded.add(afterMove(folder, from, to));
    }
    if (this.current !== null) this.current = afterMove(this.current, from, to);
  }

  /** Something is gone: forgets what is known of it. */
  removed(path: string): void {
    const rows = this.rows;
    const at = rows.findIndex((row) => row.path === path);
    for (const folder of [...this.expanded].filter((one) => isWithin(one, path))) {
      this.expanded.delete(folder);
      this.folders.delete(folder);
    }
    if (this.current !== null && isWithin(this.current, path)) {
      const next = rows.slice(at + 1).find((row) => !isWithin(row.path, path));
      this.current = (next ?? rows[at - 1])?.path ?? null;
    }
  }

  #rowsOf(folder: string, level: number): Row[] {
    const entries = this.entriesOf(folder);
    return entries.flatMap((entry, at) => {
      const path = join(folder, entry.name);
      const isFolder = entry.kind === 'folder' && entry.is_reachable;
      const isExpanded = isFolder && this.expanded.has(path);
      const row: Row = {
        path,
        name: entry.name,
        entry,
        level,
        isFolder,
        isExpanded,
        position: at + 1,
        siblings: entries.length,
      };
      return isExpanded ? [row, ...this.#rowsOf(path, level + 1)] : [row];
    });
  }
}
