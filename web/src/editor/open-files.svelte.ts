// The files that are open in tabs, and which one is in front.
import { Refusal, Unreachable } from '../api/request';
import { getContent, getText } from '../api/trees';
import type { TextView } from '../api/types';
import { imageType, kindOf } from '../files/kinds';
import { afterMove, isWithin, nameOf } from '../files/paths';
import type { Draft } from '../journal/journal';
import type { Spot } from '../place/spots';
import { TextDocument, type Drafts } from './text-document.svelte';

export type Content =
  | { kind: 'loading' }
  | { kind: 'text'; document: TextDocument }
  | { kind: 'image'; address: string }
  | { kind: 'refused'; why: Refusal }
  | { kind: 'unreachable' };

export class OpenFile {
  readonly id: number;
  readonly tree: string;
  path = $state('');
  content = $state.raw<Content>({ kind: 'loading' });
  /** Resolves when the content is there, or is known not to be. */
  loaded: Promise<void> = Promise.resolve();

  constructor(id: number, tree: string, path: string) {
    this.id = id;
    this.tree = tree;
    this.path = path;
  }

  get name(): string {
    return nameOf(this.path);
  }

  get document(): TextDocument | null {
    return this.content.kind === 'text' ? this.content.document : null;
  }

  get isDirty(): boolean {
    return this.document?.isDirty ?? false;
  }

  /** Whether it holds a text that the server never had. */
  get hasNews(): boolean {
    return this.document !== null && this.document.isDirty && !this.document.saver.isKnown;
  }

  /** Where the cursor is in its text. */
  get spot(): Spot | null {
    if (this.document === null) return null;
    const { anchor, head } = this.document.editor.selection.main;
    return { tree: this.tree, path: this.path, anchor, head };
  }
}

/** What the open files need from the journal. */
export interface DraftShelf {
  for(file: OpenFile): Drafts;
  /** Returns what was unsaved of a file when its page went away. */
  take(tree: string, path: string): Promise<Draft | null>;
  restored(name: string): void;
}

export class OpenFiles {
  all = $state.raw<OpenFile[]>([]);
  #activeId = $state<number | null>(null);
  #nextId = 1;
  readonly #shelf: DraftShelf;

  constructor(shelf: DraftShelf) {
    this.#shelf = shelf;
  }

  get active(): OpenFile | null {
    return this.all.find((file) => file.id === this.#activeId) ?? null;
  }

  find(tree: string, path: string): OpenFile | null {
    return this.all.find((file) => file.tree === tree && file.path === path) ?? null;
  }

  /** Opens a file, or brings it to the front; resolves when its content is there. */
  async open(tree: string, path: string, toFront = true): Promise<OpenFile> {
    let file = this.find(tree, path);
    if (file === null) {
      file = new OpenFile(this.#nextId++, tree, path);
      this.all = [...this.all, file];
      if (toFront) this.#activeId = file.id;
      void this.load(file);
    } else if (toFront) {
      this.#activeId = file.id;
      if (file.content.kind === 'unreachable') void this.load(file);
    }
    await file.loaded;
    return file;
  }

  activate(file: OpenFile): void {
    this.#activeId = file.id;
  }

  /** Goes to the next file, or the previous one, around the end. */
  step(by: 1 | -1): void {
    const at = this.all.findIndex((file) => file.id === this.#activeId);
    const next = this.all[(at + by + this.all.length) % this.all.length];
    if (next !== undefined) this.#activeId = next.id;
  }

  /** Closes a file as it is; with `forget`, its unsaved text is given up. */
  close(file: OpenFile, forget: boolean): void {
    const at = this.all.indexOf(file);
    if (at < 0) return;
    file.document?.saver.close(forget);
    if (file.content.kind === 'image') URL.revokeObjectURL(file.content.address);
    this.all = this.all.filter((one) => one !== file);
    if (this.#activeId === file.id) {
      this.#activeId = (this.all[at] ?? this.all[at - 1])?.id ?? null;
    }
  }

  /** Returns the open files of a tree that are `path` or within it. */
  within(tree: string, path: string): OpenFile[] {
    return this.all.filter((file) => file.tree === tree && isWithin(file.path, path));
  }

  /** Something was moved: its tabs go with it. */
  moved(tree: string, from: string, to: string): void {
    for (const file of this.within(tree, from)) {
      const next = afterMove(file.path, from, to);
      const { document } = file;
      if (document === null) file.path = next;
      else document.moved(() => (file.path = document.path = next));
    }
  }

  /** Saves all; returns the first file that could not be. */
  async saveAll(files: readonly OpenFile[] = this.all): Promise<OpenFile | null> {
    const saved = await Promise.all(files.map((file) => file.document?.saver.save() ?? true));
    return files.find((_, at) => saved[at] === false) ?? null;
  }

  retryAll(): void {
    for (const file of this.all) {
      file.document?.saver.retry();
      if (file.content.kind === 'unreachable') void this.load(file);
    }
  }

  journalAll(): void {
    for (const file of this.all) file.document?.saver.journalNow();
  }

  /** Reads again what may have changed elsewhere; what is unsaved here stays. */
  async refreshAll(): Promise<void> {
    await Promise.all(this.all.map((file) => this.#refresh(file)));
  }

  load(file: OpenFile): Promise<void> {
    file.loaded = this.#load(file);
    return file.loaded;
  }

  async #load(file: OpenFile): Promise<void> {
    file.content = { kind: 'loading' };
    try {
      file.content = await this.#read(file);
    } catch (error) {
      file.content = failed(error);
    }
  }

  async #read(file: OpenFile): Promise<Content> {
    if (kindOf(file.path) === 'image') return readImage(file);
    let view: TextView;
    try {
      view = await getText(file.tree, file.path);
    } catch (error) {
      const orphan = isGone(error) ? await this.#readOrphan(file) : null;
      if (orphan === null) throw error;
      return orphan;
    }
    const document = new TextDocument(file.tree, file.path, view, this.#shelf.for(file));
    const draft = await this.#shelf.take(file.tree, file.path);
    if (draft?.text === view.text) {
      // Its save had come through.
      this.#shelf.for(file).drop();
    } else if (draft !== null && view.is_writable) {
      document.restore(draft.text, draft.base);
      this.#shelf.restored(file.name);
    }
    return { kind: 'text', document };
  }

  /** A file that was deleted elsewhere while there was unsaved text of it; `null` without such. */
  async #readOrphan(file: OpenFile): Promise<Content | null> {
    const draft = await this.#shelf.take(file.tree, file.path);
    if (draft === null) return null;
    const last = { text: draft.text, version: draft.base ?? '', is_writable: true };
    const document = new TextDocument(file.tree, file.path, last, this.#shelf.for(file));
    document.saver.orphaned(draft.base);
    this.#shelf.restored(file.name);
    return { kind: 'text', document };
  }

  async #refresh(file: OpenFile): Promise<void> {
    try {
      if (file.document !== null) await file.document.refresh();
      else if (file.content.kind === 'image') {
        const old = file.content.address;
        file.content = await readImage(file);
        URL.revokeObjectURL(old);
      }
    } catch (error) {
      // A look that fails changes nothing: the text stays, and the next look comes soon.
      if (!(error instanceof Refusal) && !(error instanceof Unreachable)) throw error;
    }
  }
}

async function readImage(file: OpenFile): Promise<Content> {
  const bytes = await getContent(file.tree, file.path);
  const typed = new Blob([bytes], { type: imageType(file.path) });
  return { kind: 'image', address: URL.createObjectURL(typed) };
}

function isGone(error: unknown): boolean {
  return error instanceof Refusal && error.code === 'not_found';
}

function failed(error: unknown): Content {
  if (error instanceof Refusal) return { kind: 'refused', why: error };
  if (error instanceof Unreachable) return { kind: 'unreachable' };
  throw error;
}
