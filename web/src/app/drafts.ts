// Between the open files and the journal: keeps the drafts of this tab, and hands out those that
// an earlier page left behind.
import { Journal, type Draft } from '../journal/journal';
import { claimTabId, gone } from '../journal/tab-id';
import type { DraftShelf, OpenFile } from '../editor/open-files.svelte';
import type { Drafts } from '../editor/text-document.svelte';
import type { FileRef } from '../place/place';

export interface ShelfEvents {
  restored(name: string): void;
  /** The browser keeps nothing, so a crash would lose what is unsaved. */
  journalFailed(): void;
}

export class Shelf implements DraftShelf {
  readonly #journal = new Journal();
  readonly #user: string;
  readonly #events: ShelfEvents;
  #tab = '';
  #left: Draft[] = [];
  #hasFailed = false;

  constructor(user: string, events: ShelfEvents) {
    this.#user = user;
    this.#events = events;
  }

  /** Looks for what earlier pages left behind; returns of which files. */
  async open(): Promise<FileRef[]> {
    this.#tab = await claimTabId();
    await this.#guard(async () => {
      const drafts = await this.#journal.list(this.#user);
      const others = drafts.map((draft) => draft.tab).filter((tab) => tab !== this.#tab);
      const free = await gone(others);
      this.#left = drafts.filter((draft) => draft.tab === this.#tab || free.has(draft.tab));
    });
    return this.#left.map(({ tree, path }) => ({ tree, path }));
  }

  for(file: OpenFile): Drafts {
    const key = (): Omit<Draft, 'text' | 'base'> => ({
      user: this.#user,
      tab: this.#tab,
      tree: file.tree,
      path: file.path,
    });
    return {
      keep: (text, base) => void this.#guard(() => this.#journal.write({ ...key(), text, base })),
      drop: () => void this.#guard(() => this.#journal.remove(key())),
    };
  }

  async take(tree: string, path: string): Promise<Draft | null> {
    const found = this.#left.filter((draft) => draft.tree === tree && draft.path === path);
    const draft = found.find((one) => one.tab === this.#tab) ?? found[0];
    if (draft === undefined) return null;
    this.#left = this.#left.filter((one) => one !== draft);
    if (draft.tab !== this.#tab) {
      await this.#guard(async () => void (await this.#journal.adopt(draft, this.#tab)));
    }
    return draft;
  }

  restored(name: string): void {
    this.#events.restored(name);
  }

  async #guard(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch {
      // A private window, a full disk: typing goes on, and the person is told once.
      if (!this.#hasFailed) this.#events.journalFailed();
      this.#hasFailed = true;
    }
  }
}
