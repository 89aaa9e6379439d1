// Where the cursor was in each open text, and what had the keyboard: for a page that is loaded again.
import { recallInTab, rememberInTab } from './storage';

export interface Spot {
  tree: string;
  path: string;
  /** The selection, from its fixed end to the cursor. */
  anchor: number;
  head: number;
}

export interface Spots {
  spots: Spot[];
  keyboard: 'editor' | 'console' | null;
  lower: 'console' | 'plots';
}

const key = (username: string) => `pythonide.spots.${username}`;

export function rememberSpots(username: string, spots: Spot[], lower: Spots['lower']): void {
  const kept: Spots = { spots, keyboard: whatIsTypedAt(document.activeElement), lower };
  rememberInTab(key(username), JSON.stringify(kept));
}

function whatIsTypedAt(focused: Element | null): Spots['keyboard'] {
  if (focused === null) return null;
  if (focused.closest('.cm-editor') !== null) return 'editor';
  return focused.closest('.xterm') === null ? null : 'console';
}

export function recallSpots(username: string): Spots {
  return parseSpots(recallInTab(key(username)));
}

/** Reads what an older or a broken version may have written. */
export function parseSpots(kept: string | null): Spots {
  const none: Spots = { spots: [], keyboard: null, lower: 'console' };
  if (kept === null) return none;
  try {
    const value: unknown = JSON.parse(kept);
    if (typeof value !== 'object' || value === null) return none;
    const { spots, keyboard, lower } = value as Record<string, unknown>;
    return {
      spots: Array.isArray(spots) ? spots.filter(isSpot) : [],
      keyboard: keyboard === 'editor' || keyboard === 'console' ? keyboard : null,
      lower: lower === 'plots' ? 'plots' : 'console',
    };
  } catch {
    return none;
  }
}

function isSpot(value: unknown): value is Spot {
  if (typeof value !== 'object' || value === null) return false;
  const { tree, path, anchor, head } = value as Record<string, unknown>;
  const isText = typeof tree === 'string' && typeof path === 'string';
  return isText && isOffset(anchor) && isOffset(head);
}

function isOffset(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
