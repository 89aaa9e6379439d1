// Puts a run's log on an xterm.js terminal: bytes as they are, marks as sentences at their place.
import type { Terminal } from '@xterm/xterm';
import { nameOf } from '../files/paths';
import type { Mark } from '../generated/socket';
import { text } from '../text';
import type { Item } from './log';
import { Notes, symbols } from './notes';
import { promptSentence, scriptSentence, type Sentence } from './sentence';
import { cellsOf, wrap } from './wrap';

export interface ScreenEvents {
  /** All bytes before an offset are on the screen. */
  shown(end: number): void;
  /** All before a mark is on the screen, and its sentence as well. */
  reached(mark: Mark): void;
}

/** Ends what a program may have left switched on: colours, a hidden cursor, mouse reports. */
const calm = '\x1b[0m\x1b[?25h\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1l\x1b>\x0f';
/** Ends bracketed paste. Not with a hint: the next prompt may have switched it on already. */
const pasteAsLines = '\x1b[?2004l';
/** Where nobody reads what is typed there is no cursor. */
const hideCursor = '\x1b[?25l';
const showCursor = '\x1b[?25h';
/** In its place among the bytes: the terminal may not have drawn all that came before. Ends a sequence that is cut off. */
const fullReset = '\x18\x1bc';
/** Leaves the other screen; only when it is on, because it moves the cursor in any case. */
const leaveOtherScreen = '\x1b[?1049l';
/** The theme's faint colour, which is still easy to read. */
const dim = '\x1b[90m';
const plain = '\x1b[0m';

export class Screen {
  readonly #terminal: Terminal;
  readonly #events: ScreenEvents;
  #queue: Item[] = [];
  /** Bytes handed to the terminal and not yet drawn, as a count of writes. */
  #writing = 0;
  /** A sentence is being written: everything else waits. */
  #isBusy = false;
  /** The script or the prompt has ended, and nothing came after it. */
  #isOver = false;
  /** Grows with each run, so that answers for an old one are known as such. */
  #epoch = 0;
  readonly #notes: Notes;

  constructor(terminal: Terminal, events: ScreenEvents) {
    this.#terminal = terminal;
    this.#events = events;
    this.#notes = new Notes(terminal);
  }

  /** A new run: an empty screen with the command on top. */
  begin(path: string): void {
    this.#epoch += 1;
    this.#queue = [];
    this.#writing = 0;
    this.#isBusy = false;
    this.#isOver = false;
    this.#notes.clear();
    // It runs in its own folder.
    const command = printable(text.console.command(nameOf(path)));
    this.#terminal.write(`${fullReset}${dim}${command}${plain}\r\n`);
  }

  show(items: Item[]): void {
    this.#queue.push(...items);
    this.#pump();
  }

  clear(): void {
    this.#notes.clear();
    this.#terminal.clear();
  }

  #pump(): void {
    const epoch = this.#epoch;
    while (!this.#isBusy) {
      const item = this.#queue[0];
      if (item === undefined) return;
      // A mark waits for the bytes before it: only then is the cursor where it belongs.
      if (item.kind !== 'bytes' && this.#writing > 0) return;
      this.#queue.shift();
      if (item.kind === 'bytes') this.#writeBytes(item.bytes, item.end, epoch);
      else this.#writeSentence(item, epoch);
    }
  }

  #writeBytes(bytes: Uint8Array, end: number, epoch: number): void {
    this.#writing += 1;
    if (this.#isOver) this.#terminal.write(showCursor);
    this.#isOver = false;
    this.#terminal.write(bytes, () => {
      if (epoch !== this.#epoch) return;
      this.#writing -= 1;
      this.#events.shown(end);
      this.#pump();
    });
  }

  #writeSentence(item: Exclude<Item, { kind: 'bytes' }>, epoch: number): void {
    const sentence: Sentence | null =
      item.kind === 'lost'
        ? { tone: 'plain', text: text.console.lost(text.units.bytes(item.bytes)), advice: null }
        : sentenceOf(item.mark);
    if (sentence === null) {
      if (item.kind === 'mark') this.#events.reached(item.mark);
      return;
    }
    this.#isBusy = true;
    // The terminal answers only when all before is parsed, so the cursor is known here.
    const isElsewhere = this.#terminal.buffer.active.type === 'alternate';
    const reset = item.kind === 'mark' ? (isElsewhere ? leaveOtherScreen : '') + calm : plain;
    const isEnd = item.kind === 'mark' && item.mark.type !== 'hint';
    this.#terminal.write(isEnd ? reset + pasteAsLines : reset, () => {
      if (epoch !== this.#epoch) return;
      const gap = this.#terminal.buffer.active.cursorX > 0 ? '\r\n' : '';
      this.#terminal.write(gap, () => {
        if (epoch !== this.#epoch) return;
        const first = this.#terminal.registerMarker(0);
        const lines = linesOf(sentence, this.#terminal.cols);
        this.#isOver = isEnd;
        const end = this.#isOver ? hideCursor : '';
        this.#terminal.write(`${lines.join('\r\n')}\r\n\r\n${end}`, () => {
          if (epoch !== this.#epoch) return;
          const after = this.#terminal.registerMarker(-1);
          this.#notes.add({ sentence, first, after, cells: Math.max(...lines.map(cellsOf)) });
          this.#isBusy = false;
          if (item.kind === 'mark') this.#events.reached(item.mark);
          this.#pump();
        });
      });
    });
  }
}

/** Returns a sentence as lines of a terminal with so many columns. */
function linesOf({ tone, text: main, advice }: Sentence, columns: number): string[] {
  // Room at the right for the note that is drawn over it; longer lines are hard to read.
  const cells = Math.min(100, Math.max(10, columns - 8));
  const [first = '', ...rest] = wrap(main, cells);
  return [
    `  ${symbols[tone]} ${first}`,
    ...[...rest, ...wrap(advice ?? '', cells)].map((line) => `    ${line}`),
  ];
}

/** Returns the sentence for a mark; `null` when it needs none. */
export function sentenceOf(mark: Mark): Sentence | null {
  switch (mark.type) {
    case 'script_ended':
      return scriptSentence(mark.end);
    case 'prompt_ended':
      return promptSentence(mark.end);
    case 'hint':
      return { tone: 'hint', text: printable(mark.text), advice: null };
    case 'plot':
      // Shown beside the console.
      return null;
  }
}

/** A file's name may hold anything; on the screen it must not act. */
function printable(name: string): string {
  return name.replaceAll(/\p{Cc}/gu, '�');
}
