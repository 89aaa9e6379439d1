// How one text gets to the server: when it is saved, what is known about it, and what happens when
// somebody else saved first. No DOM and no editor here; `TextDocument` brings both.
import { Refusal, Unreachable } from '../api/request';
import type { SavedView, TextView } from '../api/types';

/** What is on the server while a conflict lasts; `null` when the file was deleted. */
export type Theirs = { text: string; version: string } | null;

export type SaveState =
  | {
      kind: 'saved';
      /** When, by the server's clock; `null` when it was only opened. */ at: string | null;
    }
  | { kind: 'unsaved' }
  | { kind: 'saving' }
  | { kind: 'offline' }
  | { kind: 'conflict'; theirs: Theirs }
  | { kind: 'failed'; why: Refusal };

/** What a saver works with. */
export interface Desk {
  /** The text as it would be in the file. */
  text(): string;
  /** Puts another text into the editor. */
  replace(text: string): void;
  save(text: string, base: string | null): Promise<SavedView>;
  /** What is on the server; `null` when there is no such file. */
  load(): Promise<TextView | null>;
  keepDraft(text: string, base: string | null): void;
  dropDraft(): void;
  stateChanged(state: SaveState): void;
  /** Calls back later; returns the way to take that back. */
  later(ms: number, action: () => void): () => void;
}

/** Typing has stopped for this long: save. */
export const autosaveAfter = 1000;
/** Typing goes into the journal at most this late. */
export const journalAfter = 400;
/** A save that failed for a passing reason is tried again after this. */
export const retryAfter = 5000;
/** Before that, within a moment that is not worth a word: a server that stops has a successor. */
export const quickRetries = [250, 600, 1100] as const;
/** Texts of which nobody knows whether the server took them; the first and the last are the most likely. */
const mostUncertain = 8;

/** The statuses of reasons that pass by themselves, whoever of the way gave them. */
const passing: readonly number[] = [429, 500, 502, 503, 504];

export class Saver {
  #state: SaveState = { kind: 'saved', at: null };
  /** The text the server is known to have. */
  #known: string;
  #base: string | null;
  #savedAt: string | null = null;
  /** Sent, and never answered: the server may have them. */
  #uncertain: string[] = [];
  /** The server was not to be reached for longer than a moment. */
  #isAway = false;
  #isClosed = false;
  #running: Promise<boolean> | null = null;
  #askedAgain = false;
  #cancelSave: (() => void) | null = null;
  #cancelJournal: (() => void) | null = null;
  readonly #desk: Desk;

  constructor(desk: Desk, known: string, base: string | null) {
    this.#desk = desk;
    this.#known = known;
    this.#base = base;
  }

  get state(): SaveState {
    return this.#state;
  }

  /** The version the text was made from. */
  get base(): string | null {
    return this.#base;
  }

  /** Whether there is something the server does not have. */
  get isDirty(): boolean {
    return this.#state.kind !== 'saved';
  }

  /** Whether the server has, or had, just this text. */
  get isKnown(): boolean {
    return this.#desk.text() === this.#known;
  }

  /** Whether the file is gone, and holds nothing here that it did not hold there. */
  get hasVanished(): boolean {
    return this.#state.kind === 'conflict' && this.#state.theirs === null && this.isKnown;
  }

  /** The user changed the text. */
  edited(): void {
    if (this.#state.kind !== 'conflict' && this.#state.kind !== 'saving') {
      this.#become({ kind: 'unsaved' });
    }
    this.#cancelJournal ??= this.#desk.later(journalAfter, () => this.journalNow());
    if (this.#state.kind !== 'conflict') this.#saveLater(autosaveAfter);
  }

  /** Writes the journal without waiting, if it is behind. */
  journalNow(): void {
    if (this.#cancelJournal === null) return;
    this.#cancelJournal();
    this.#cancelJournal = null;
    if (this.isDirty) this.#desk.keepDraft(this.#desk.text(), this.#base);
  }

  /** A draft was put into the editor; `base` is what it was made from. */
  restored(base: string | null): void {
    this.#base = base;
    this.#become({ kind: 'unsaved' });
    this.#saveLater(0);
  }

  /** The editor shows a draft whose file is gone: only the person knows what to do. */
  orphaned(base: string | null): void {
    this.#base = base;
    this.#known = '';
    this.#become({ kind: 'conflict', theirs: null });
  }

  /** Saves what is unsaved; returns whether the server has everything typed before the call. */
  save(): Promise<boolean> {
    if (this.#running !== null) {
      this.#askedAgain = true;
      return this.#running;
    }
    if (this.#isClosed) return Promise.resolve(false);
    if (!this.isDirty) return Promise.resolve(true);
    // Of a file that is gone there is nothing to save, and what else is to be done need not wait for a choice.
    if (this.#state.kind === 'conflict') return Promise.resolve(this.hasVanished);
    this.#running = this.#saveAll().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** The connection is back, or the user asks: tries again what failed. */
  retry(): void {
    if (this.#state.kind === 'offline' || this.#state.kind === 'failed') void this.save();
  }

  /**
   * The file was read again: shows it, unless there is something unsaved. It is what was there when
   * `base` was the version here: what was saved since is newer.
   */
  refreshed(view: TextView | null, base: string | null): void {
    const { hasVanished } = this;
    if (this.#isClosed || this.#running !== null || base !== this.#base) return;
    if (this.isDirty && !hasVanished) return;
    if (view === null) {
      if (hasVanished) return;
      // The last copy that anybody can see: it stays, also in the journal, and only the person knows what to do.
      this.#desk.keepDraft(this.#desk.text(), base);
      this.#become({ kind: 'conflict', theirs: null });
      return;
    }
    if (view.version !== base) {
      this.#adopt(view.text, view.version);
      this.#desk.replace(view.text);
    }
    if (hasVanished) this.#settle(null);
  }

  /**
   * Ends a conflict: what is in the editor becomes the file, once the other person's text, which
   * the server had already taken, is safe elsewhere. Throws what `putBeside` throws.
   */
  async keepMine(putBeside: (theirs: string) => Promise<void>): Promise<boolean> {
    const conflict = this.#state;
    if (conflict.kind !== 'conflict') return false;
    const { theirs } = conflict;
    if (theirs !== null) await putBeside(theirs.text);
    if (this.#state !== conflict) return false;
    const mine = this.#desk.text();
    if (theirs !== null) {
      // Both go through the editor, so that undo has the other one.
      this.#desk.replace(theirs.text);
      this.#desk.replace(mine);
    }
    this.#base = theirs?.version ?? null;
    this.#known = theirs?.text ?? '';
    this.#become({ kind: 'unsaved' });
    this.#desk.keepDraft(mine, this.#base);
    return this.save();
  }

  /** Ends a conflict: what is on the server goes into the editor. */
  takeTheirs(): void {
    if (this.#state.kind !== 'conflict' || this.#state.theirs === null) return;
    const { text, version } = this.#state.theirs;
    this.#adopt(text, version);
    this.#desk.replace(text);
    this.#settle(null);
  }

  /**
   * Stops all timers; with `forget`, the draft goes as well. What is on its way to the server is
   * answered to nobody: the place of its draft may be another's by then.
   */
  close(forget: boolean): void {
    if (!forget) this.journalNow();
    this.#isClosed = true;
    this.#cancelSave?.();
    this.#cancelJournal?.();
    this.#cancelSave = this.#cancelJournal = null;
    if (forget) this.#desk.dropDraft();
  }

  async #saveAll(): Promise<boolean> {
    const waits: number[] = this.#isAway ? [] : [...quickRetries];
    for (;;) {
      this.#askedAgain = false;
      this.#cancelSave?.();
      this.#cancelSave = null;
      const text = this.#desk.text();
      if (text === this.#known && this.#base !== null) {
        this.#settle(null);
        return true;
      }
      this.#become({ kind: 'saving' });
      try {
        const saved = await this.#desk.save(text, this.#base);
        if (this.#isClosed) return true;
        this.#adopt(text, saved.version);
        if (this.#desk.text() === text) {
          this.#settle(saved.saved_at);
          return true;
        }
        // Typed on while it was saved: what is in the journal was made from this now.
        this.#desk.keepDraft(this.#desk.text(), this.#base);
        this.#become({ kind: 'unsaved' });
        this.#saveLater(autosaveAfter);
        if (!this.#askedAgain) return true;
      } catch (error) {
        if (this.#isClosed) return false;
        const wait = error instanceof Unreachable ? waits.shift() : undefined;
        if (wait !== undefined) await this.#pause(error, text, wait);
        else if (!(await this.#failed(error, text))) return false;
        if (this.#isClosed) return false;
      }
    }
  }

  async #pause(error: unknown, text: string, ms: number): Promise<void> {
    this.#desk.keepDraft(this.#desk.text(), this.#base);
    this.#noteUncertain(error, text);
    await new Promise<void>((resolve) => this.#desk.later(ms, resolve));
  }

  /** Keeps a text that the server may have taken all the same. */
  #noteUncertain(error: unknown, text: string): void {
    const isUncertain =
      error instanceof Unreachable || (error instanceof Refusal && passing.includes(error.status));
    if (!isUncertain || this.#uncertain.includes(text)) return;
    if (this.#uncertain.length === mostUncertain) this.#uncertain.pop();
    this.#uncertain.push(text);
  }

  /** Returns whether to try once more at once. */
  async #failed(error: unknown, text: string): Promise<boolean> {
    this.#desk.keepDraft(this.#desk.text(), this.#base);
    this.#noteUncertain(error, text);
    if (error instanceof Unreachable) return this.#offline();
    if (!(error instanceof Refusal)) throw error;
    if (error.code === 'signed_out') return this.#offline();
    const isGone = error.code === 'not_found' && this.#base !== null;
    if (!isGone && error.code !== 'conflict' && error.code !== 'already_exists') {
      this.#become({ kind: 'failed', why: error });
      if (passing.includes(error.status)) this.#saveLater(retryAfter);
      return false;
    }
    return this.#lookAtTheirs(text);
  }

  async #lookAtTheirs(mine: string): Promise<boolean> {
    let theirs: TextView | null;
    try {
      theirs = await this.#desk.load();
      if (this.#isClosed) return false;
    } catch (error) {
      if (this.#isClosed) return false;
      if (error instanceof Unreachable) return this.#offline();
      if (!(error instanceof Refusal)) throw error;
      this.#become({ kind: 'failed', why: error });
      return false;
    }
    if (theirs !== null && (theirs.text === mine || this.#uncertain.includes(theirs.text))) {
      // Our own save had come through and only its answer was lost, or both wrote the same. What was typed since is
      // made from it.
      this.#adopt(theirs.text, theirs.version);
      return true;
    }
    this.#become({
      kind: 'conflict',
      theirs: theirs === null ? null : { text: theirs.text, version: theirs.version },
    });
    return false;
  }

  #offline(): false {
    this.#isAway = true;
    this.#become({ kind: 'offline' });
    this.#saveLater(retryAfter);
    return false;
  }

  #adopt(text: string, version: string): void {
    this.#known = text;
    this.#base = version;
    this.#uncertain = [];
    this.#isAway = false;
  }

  #settle(at: string | null): void {
    this.#cancelSave?.();
    this.#cancelJournal?.();
    this.#cancelSave = this.#cancelJournal = null;
    this.#desk.dropDraft();
    this.#savedAt = at ?? this.#savedAt;
    this.#become({ kind: 'saved', at: this.#savedAt });
  }

  #saveLater(ms: number): void {
    this.#cancelSave?.();
    this.#cancelSave = this.#desk.later(ms, () => {
      this.#cancelSave = null;
      void this.save();
    });
  }

  #become(state: SaveState): void {
    this.#state = state;
    this.#desk.stateChanged(state);
  }
}
