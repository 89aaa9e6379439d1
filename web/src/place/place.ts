// Where somebody is: the address after `#`, and the tabs that were open.
import { recall, remember } from './storage';

export interface FileRef {
  tree: string;
  path: string;
}

/** Returns the address of a file: `#/home:ana/homework-3/dice.py`. */
export function writeAddress({ tree, path }: FileRef): string {
  const parts = [tree, ...path.split('/')].map((part) =>
    encodeURIComponent(part).replaceAll('%3A', ':'),
  );
  return `#/${parts.join('/')}`;
}

/** Returns the file an address names; `null` when it names none. */
export function readAddress(hash: string): FileRef | null {
  if (!hash.startsWith('#/')) return null;
  let parts: string[];
  try {
    parts = hash.slice(2).split('/').map(decodeURIComponent);
  } catch {
    // A stray percent sign: somebody typed the address.
    return null;
  }
  const [tree = '', ...rest] = parts;
  if (tree !== 'shared' && !/^home:./.test(tree)) return null;
  return { tree, path: rest.filter((part) => part !== '').join('/') };
}

export interface OpenTabs {
  open: FileRef[];
  active: number;
}

export function rememberTabs(username: string, tabs: OpenTabs): void {
  remember(`pythonide.tabs.${username}`, JSON.stringify(tabs));
}

export function recallTabs(username: string): OpenTabs {
  return parseTabs(recall(`pythonide.tabs.${username}`));
}

/** Reads what an older or a broken version may have written. */
export function parseTabs(kept: string | null): OpenTabs {
  const none: OpenTabs = { open: [], active: 0 };
  if (kept === null) return none;
  try {
    const value: unknown = JSON.parse(kept);
    if (typeof value !== 'object' || value === null || !('open' in value)) return none;
    const open = Array.isArray(value.open) ? value.open.filter(isFileRef) : [];
    const active = 'active' in value && typeof value.active === 'number' ? value.active : 0;
    return { open, active };
  } catch {
    return none;
  }
}

function isFileRef(value: unknown): value is FileRef {
  return (
    typeof value === 'object' &&
    value !== null &&
    'tree' in value &&
    'path' in value &&
    typeof value.tree === 'string' &&
    typeof value.path === 'string'
  );
}
