// Draws the sentences of a run over the terminal's own text. The text under them stays in the
// buffer: that is what screen readers read, what is copied, and what is left where nothing can be
// drawn.
import type { IDecoration, IMarker, Terminal } from '@xterm/xterm';
import type { Sentence } from './sentence';

interface Note {
  sentence: Sentence;
  /** The sentence's first line, and the empty one below its last. */
  first: IMarker;
  after: IMarker;
  /** Cells of its longest line. */
  cells: number;
  drawn: IDecoration | null;
}

export class Notes {
  readonly #terminal: Terminal;
  #notes: Note[] = [];

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    // A narrower terminal breaks lines again, and the note must cover what is now more of them.
    terminal.onResize(() => {
      this.#forgetScrolled();
      for (const note of this.#notes) this.#draw(note);
    });
  }

  add(note: Omit<Note, 'drawn'>): void {
    this.#forgetScrolled();
    const added = { ...note, drawn: null };
    this.#notes.push(added);
    this.#draw(added);
  }

  clear(): void {
    for (const { drawn, first, after } of this.#notes) {
      drawn?.dispose();
      first.dispose();
      after.dispose();
    }
    this.#notes = [];
  }

  /** Markers go with the lines that the terminal no longer keeps. */
  #forgetScrolled(): void {
    this.#notes = this.#notes.filter(({ first, after }) => !first.isDisposed && !after.isDisposed);
  }

  #draw(note: Note): void {
    note.drawn?.dispose();
    const lines = note.after.line - note.first.line;
    const decoration = this.#terminal.registerDecoration({
      marker: note.first,
      width: Math.min(this.#terminal.cols, note.cells + 4),
      // The empty line below gives it room to breathe.
      height: lines + 1,
      layer: 'top',
    });
    note.drawn = decoration ?? null;
    decoration?.onRender((element) => {
      if (element.firstChild !== null) return;
      element.classList.add('note', `note-${note.sentence.tone}`);
      element.setAttribute('aria-hidden', 'true');
      const box = boxOf(note.sentence, lines > 1);
      element.append(box);
      // Letters of another width than the terminal's: then the terminal's own are the better ones.
      if (box.offsetTop + box.offsetHeight > element.offsetHeight) {
        // The terminal is going through its decorations just now.
        queueMicrotask(() => decoration.dispose());
      }
    });
  }
}

function boxOf({ tone, text, advice }: Sentence, isTall: boolean): HTMLElement {
  const box = document.createElement('div');
  box.classList.toggle('tall', isTall);
  const symbol = document.createElement('span');
  symbol.textContent = symbols[tone];
  const words = document.createElement('div');
  const main = document.createElement('b');
  main.textContent = text;
  words.append(main);
  if (advice !== null) {
    const more = document.createElement('p');
    more.textContent = advice;
    words.append(more);
  }
  box.append(symbol, words);
  return box;
}

export const symbols = { ok: '✓', bad: '✗', plain: '■', hint: '→' } as const;
