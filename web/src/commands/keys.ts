// The keys of the whole page, and how they are written on this kind of machine.

export type CommandId =
  | 'run'
  | 'stop'
  | 'save'
  | 'goToFile'
  | 'palette'
  | 'find'
  | 'nextTab'
  | 'previousTab'
  | 'closeTab'
  | 'nextPanel'
  | 'previousPanel'
  | 'help'
  | 'newFile'
  | 'newFolder'
  | 'upload'
  | 'refresh'
  | 'history'
  | 'trash'
  | 'plots'
  | 'clear'
  | 'reader'
  | 'goToError'
  | 'themeLight'
  | 'themeDark'
  | 'themeSystem'
  | 'larger'
  | 'smaller'
  | 'students'
  | 'classSettings'
  | 'ownFiles'
  | 'sessions'
  | 'password'
  | 'signOut';

export interface Pressed {
  key: string;
  code: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

/** Returns the command a key means everywhere on the page; `null` when it means none. */
export function commandFor(pressed: Pressed, isMac: boolean): CommandId | null {
  const { key, shiftKey, altKey } = pressed;
  const main = isMac ? pressed.metaKey : pressed.ctrlKey;
  const other = isMac ? pressed.ctrlKey : pressed.metaKey;
  const bare = !main && !other && !altKey;
  if (bare) {
    if (key === 'F5') return shiftKey ? 'stop' : 'run';
    if (key === 'F6') return shiftKey ? 'previousPanel' : 'nextPanel';
    return key === 'F1' && !shiftKey ? 'help' : null;
  }
  // On a Mac, Option and an arrow move by words in every text.
  const isTabKey = isMac ? altKey && other && !main : altKey && !main && !other;
  if (isTabKey && !shiftKey) return tabCommand(pressed);
  if (!main || altKey || other) return null;
  const letter = key.toLowerCase();
  if (shiftKey) return letter === 'p' ? 'palette' : null;
  if (key === 'Enter') return 'run';
  if (letter === 's') return 'save';
  return letter === 'p' ? 'goToFile' : null;
}

function tabCommand({ key, code }: Pressed): CommandId | null {
  if (key === 'ArrowRight') return 'nextTab';
  if (key === 'ArrowLeft') return 'previousTab';
  return code === 'KeyW' ? 'closeTab' : null;
}

/** Returns a key as it is written on this kind of machine: `Ctrl-S`, `⌘S`. */
export function written(key: string, isMac: boolean): string {
  if (!isMac) return key;
  return key
    .replace('Ctrl-Shift-', '⇧⌘')
    .replace('Ctrl-', '⌘')
    .replace('Shift-', '⇧')
    .replace('Alt-', '⌃⌥');
}

/** Whether this is a Mac, as far as keys are concerned. */
export function isMacKeyboard(platform: string): boolean {
  return /mac|iphone|ipad/i.test(platform);
}

export const isMac = typeof navigator !== 'undefined' && isMacKeyboard(navigator.platform);
