// One open text: its editor state, and the saver that brings it to the server. The state lives
// here and not in a view, so that a tab in the background saves, and keeps its undo history.
import { isolateHistory } from '@codemirror/commands';
import { Annotation, EditorState, Transaction, type TransactionSpec } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { changesUnderWay, Refusal } from '../api/request';
import { getText, saveText } from '../api/trees';
import type { TextView } from '../api/types';
import { lineEndOf, toEditor, toFile, type LineEnd } from './line-ends';
import { Saver, type SaveState } from './saver';
import { extensionsFor } from './setup';

/** Changes that come from the server, not from the person. */
const fromServer = Annotation.define<boolean>();

export interface Drafts {
  keep(text: string, base: string | null): void;
  drop(): void;
}

export class TextDocument {
  readonly tree: string;
  path = $state('');
  readonly isWritable: boolean;
  /** The text, the selection and the history. */
  editor = $state.raw(EditorState.create());
  saveState = $state.raw<SaveState>({ kind: 'saved', at: null });
  readonly saver: Saver;
  #lineEnd: LineEnd;
  readonly #drafts: Drafts;
  #view: EditorView | null = null;

  constructor(tree: string, path: string, view: TextView, drafts: Drafts) {
    this.#drafts = drafts;
    this.tree = tree;
    this.path = path;
    this.isWritable = view.is_writable;
    this.#lineEnd = lineEndOf(view.text);
    this.editor = this.#fresh(view.text);
    this.saver = new Saver(
      {
        text: () => this.#text(),
        replace: (text) => this.#replace(text),
        save: (text, base) => saveText(this.tree, this.path, text, base),
        load: () => this.#load(),
        keepDraft: (text, base) => drafts.keep(text, base),
        dropDraft: () => drafts.drop(),
        stateChanged: (state) => (this.saveState = state),
        later: (ms, action) => {
          const timer = setTimeout(action, ms);
          return () => clearTimeout(timer);
        },
      },
      view.text,
      view.version,
    );
  }

  /** Whether there is something the server does not have. */
  get isDirty(): boolean {
    return this.saveState.kind !== 'saved';
  }

  /** A view shows this document from now on. */
  attach(view: EditorView): void {
    this.#view = view;
    view.setState(this.editor);
  }

  detach(view: EditorView): void {
    if (this.#view === view) this.#view = null;
  }

  /** A view applied transactions. */
  applied(transactions: readonly Transaction[], state: EditorState): void {
    this.editor = state;
    const isTyped = transactions.some(
      (one) => one.docChanged && one.annotation(fromServer) !== true,
    );
    if (isTyped) this.saver.edited();
  }

  /** Puts the cursor on a line and shows it. */
  goToLine(number: number): void {
    const line = this.editor.doc.line(Math.min(Math.max(1, number), this.editor.doc.lines));
    this.#dispatch({
      selection: { anchor: line.from },
      effects: EditorView.scrollIntoView(line.from, { y: 'center' }),
    });
    this.#view?.focus();
  }

  /** Selects from `anchor` to the cursor at `head`, as far as there is text, and shows the cursor. */
  select(anchor: number, head: number): void {
    const { length } = this.editor.doc;
    this.#dispatch({
      selection: { anchor: Math.min(anchor, length), head: Math.min(head, length) },
      effects: EditorView.scrollIntoView(Math.min(head, length), { y: 'center' }),
    });
  }

  focus(): void {
    this.#view?.focus();
  }

  /** The view, for commands that need one. */
  get view(): EditorView | null {
    return this.#view;
  }

  /** The file was moved: the draft goes along, which `moves` does with what it is kept for. */
  moved(moves: () => void): void {
    const text = this.isDirty ? this.#text() : null;
    if (text !== null) this.#drafts.drop();
    moves();
    if (text !== null) this.#drafts.keep(text, this.saver.base);
  }

  /** Puts an unsaved text of earlier back. */
  restore(text: string, base: string | null): void {
    this.#replace(text);
    this.saver.restored(base);
  }

  /** Reads the file again, and shows it if nothing is unsaved here. */
  async refresh(): Promise<void> {
    const { path } = this;
    const { base } = this.saver;
    if (this.isDirty && !this.saver.isKnown) return;
    let view = await this.#load();
    // On its way to another place it is at neither for a moment: gone is what is gone twice.
    if (view === null) view = await this.#load();
    if (this.path !== path) return;
    const isOurDoing = !this.isWritable || changesUnderWay() > 0;
    if (view !== null || !isOurDoing) this.saver.refreshed(view, base);
  }

  /** The text as it would be in the file. */
  #text(): string {
    return toFile(this.editor.doc.toString(), this.#lineEnd);
  }

  async #load(): Promise<TextView | null> {
    try {
      return await getText(this.tree, this.path);
    } catch (error) {
      if (error instanceof Refusal && error.code === 'not_found') return null;
      throw error;
    }
  }

  #fresh(content: string): EditorState {
    return EditorState.create({
      doc: toEditor(content),
      extensions: extensionsFor(this.path, this.isWritable),
    });
  }

  /** Changes as little as possible, so that the cursor stays where it makes sense. */
  #replace(content: string): void {
    const old = this.editor.doc.toString();
    const next = toEditor(content);
    let start = 0;
    while (start < old.length && start < next.length && old[start] === next[start]) start += 1;
    let end = 0;
    const most = Math.min(old.length, next.length) - start;
    while (end < most && old[old.length - 1 - end] === next[next.length - 1 - end]) end += 1;
    this.#dispatch({
      changes: { from: start, to: old.length - end, insert: next.slice(start, next.length - end) },
      // A step of its own in the history, so that undo brings exactly the other text back.
      annotations: [fromServer.of(true), isolateHistory.of('full')],
    });
  }

  #dispatch(spec: TransactionSpec): void {
    if (this.#view !== null) {
      this.#view.dispatch(spec);
      return;
    }
    const transaction = this.editor.update(spec);
    this.applied([transaction], transaction.state);
  }
}
