// Makes the terminal: colours of the theme, keys, links, and no answers to a replayed question.
import { FitAddon } from '@xterm/addon-fit';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { Terminal, type ILink, type ITheme } from '@xterm/xterm';
import { isMac } from '../commands/keys';
import { findPlaces } from './traceback';

export interface TerminalHost {
  /** Somebody clicked on a place in a traceback. */
  openPlace(printed: string, line: number): void;
  /** Whether this page started the run, and so speaks for its terminal. */
  answersQueries(): boolean;
}

export interface Made {
  terminal: Terminal;
  fit: FitAddon;
}

export function makeTerminal(host: TerminalHost, fontSize: number, isReader: boolean): Made {
  const terminal = new Terminal({
    fontFamily: '"JetBrains Mono Variable", "JetBrains Mono", ui-monospace, monospace',
    fontSize,
    lineHeight: 1.15,
    scrollback: 10_000,
    cursorBlink: false,
    cursorStyle: 'bar',
    cursorWidth: 2,
    cursorInactiveStyle: 'none',
    minimumContrastRatio: 4.5,
    screenReaderMode: isReader,
    // A file's name in a title or a link in the output must not act by itself.
    linkHandler: { activate: (_event, address) => openAddress(address) },
    allowProposedApi: true,
    theme: themeOf(document.documentElement),
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  terminal.loadAddon(new WebLinksAddon((_event, address) => openAddress(address)));
  linkPlaces(terminal, host);
  silenceReplay(terminal, host);
  terminal.attachCustomKeyEventHandler((event) => isForTerminal(event, terminal, isMac));
  return { terminal, fit };
}

/** Returns the terminal's colours, read from the theme's tokens. */
export function themeOf(element: Element): ITheme {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  return {
    background: token('--bg-app'),
    foreground: token('--fg'),
    cursor: token('--accent'),
    cursorAccent: token('--bg-app'),
    selectionBackground: token('--bg-selection'),
    scrollbarSliderBackground: token('--scrollbar'),
    scrollbarSliderHoverBackground: token('--line-strong'),
    scrollbarSliderActiveBackground: token('--line-strong'),
    black: token('--ansi-black'),
    red: token('--error'),
    green: token('--run'),
    yellow: token('--warn'),
    blue: token('--accent'),
    magenta: token('--code-keyword'),
    cyan: token('--code-function'),
    white: token('--ansi-white'),
    brightBlack: token('--fg-faint'),
    brightRed: token('--error'),
    brightGreen: token('--run'),
    brightYellow: token('--warn'),
    brightBlue: token('--accent'),
    brightMagenta: token('--code-keyword'),
    brightCyan: token('--code-function'),
    brightWhite: token('--ansi-white'),
  };
}

/**
 * Clears the selection once it is copied, so that the next Ctrl-C interrupts. Without this, text
 * that has scrolled out of sight would be copied again with each press. Call it after `open`.
 */
export function clearSelectionAfterCopy(terminal: Terminal): void {
  // Registered after xterm's own listener, which reads the selection.
  terminal.element?.addEventListener('copy', () => terminal.clearSelection());
}

/** Returns whether the program gets a key; copy, paste and Shift-Tab are the browser's. */
export function isForTerminal(
  event: Pick<
    KeyboardEvent,
    'type' | 'key' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey' | 'preventDefault'
  >,
  terminal: Pick<Terminal, 'getSelection'>,
  isMac: boolean,
): boolean {
  if (event.type !== 'keydown') return true;
  // On a Mac, Ctrl-C and Ctrl-V are the program's.
  const isMain = (isMac ? event.metaKey : event.ctrlKey) && !event.altKey;
  const key = event.key.toLowerCase();
  if (isMain && key === 'c' && (event.shiftKey || terminal.getSelection() !== '')) {
    // The browser copies without Shift.
    if (event.shiftKey) {
      event.preventDefault();
      document.execCommand('copy');
    }
    return false;
  }
  if (isMain && key === 'v') return false;
  // Tab belongs to the program, Shift-Tab leaves the console.
  return !(event.key === 'Tab' && event.shiftKey);
}

function linkPlaces(terminal: Terminal, host: TerminalHost): void {
  terminal.registerLinkProvider({
    provideLinks(row, callback) {
      const line = terminal.buffer.active.getLine(row - 1);
      const places = findPlaces(line?.translateToString(true) ?? '');
      const links: ILink[] = places.map(({ printed, line: number, start, end }) => ({
        text: `${printed}:${number}`,
        range: { start: { x: start + 1, y: row }, end: { x: end, y: row } },
        decorations: { underline: true, pointerCursor: true },
        activate: () => host.openPlace(printed, number),
      }));
      callback(links.length > 0 ? links : undefined);
    },
  });
}

/**
 * A terminal answers questions in the output ("where is the cursor?") by typing. After a reload
 * the same questions come again, and a second window hears them too: only the page that started
 * the run answers.
 */
function silenceReplay(terminal: Terminal, host: TerminalHost): void {
  const silent = (): boolean => !host.answersQueries();
  const { parser } = terminal;
  for (const id of [
    { final: 'n' },
    { prefix: '?', final: 'n' },
    { final: 'c' },
    { prefix: '>', final: 'c' },
    { final: 't' },
    { intermediates: '$', final: 'p' },
    { prefix: '?', intermediates: '$', final: 'p' },
  ]) {
    parser.registerCsiHandler(id, silent);
  }
  parser.registerDcsHandler({ intermediates: '$', final: 'q' }, silent);
  for (const code of [4, 10, 11, 12]) {
    parser.registerOscHandler(code, (data) => data.includes('?') && silent());
  }
}

function openAddress(address: string): void {
  if (/^https?:\/\//i.test(address)) window.open(address, '_blank', 'noopener,noreferrer');
}
