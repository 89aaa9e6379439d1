// Rules of names and paths within a tree. The server decides; these spare a round trip and give
// the reason beside the field.
import { text } from '../text';

export const longestName = 255;
/** How names begin that only the system makes. */
export const reservedPrefix = '.pythonide';

/** Returns the last part of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Returns the folder a path is in; `''` is the root. */
export function folderOf(path: string): string {
  const at = path.lastIndexOf('/');
  return at < 0 ? '' : path.slice(0, at);
}

export function join(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

/** Whether `path` is `folder` or within it; the root holds everything. */
export function isWithin(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`);
}

/** Returns where `path` is after `from` was moved to `to`. */
export function afterMove(path: string, from: string, to: string): string {
  return isWithin(path, from) ? to + path.slice(from.length) : path;
}

/** Returns the extension in small letters, without the dot; `''` when there is none. */
export function extensionOf(path: string): string {
  const name = nameOf(path);
  const at = name.lastIndexOf('.');
  return at <= 0 ? '' : name.slice(at + 1).toLowerCase();
}

/** Returns why a name cannot be used, or `null` when it can. */
export function whyBadName(name: string): string | null {
  if (name.trim() === '') return text.names.empty;
  if (name === '.' || name === '..') return text.names.dots;
  if (name.includes('/')) return text.names.slash;
  if (/\p{Cc}/u.test(name)) return text.names.control;
  if (turnsDirection.test(name)) return text.names.direction;
  if (new TextEncoder().encode(name).length > longestName) return text.names.long;
  if (name.startsWith(reservedPrefix)) return text.names.reserved(reservedPrefix);
  return null;
}

/** These make `exe.py` look like `yp.exe`. */
const turnsDirection = /[\u202a-\u202e\u2066-\u2069]/u;

/** Returns `name` with a word and, if need be, a number before the extension, not yet taken. */
export function freeName(name: string, word: string, isTaken: (name: string) => boolean): string {
  const at = name.lastIndexOf('.');
  const stem = at <= 0 ? name : name.slice(0, at);
  const extension = at <= 0 ? '' : name.slice(at);
  for (let n = 1; ; n += 1) {
    const candidate = `${stem} (${n === 1 ? word : `${word} ${n}`})${extension}`;
    if (!isTaken(candidate)) return candidate;
  }
}
