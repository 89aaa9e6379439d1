// Decides which file Run means: the file in front, if it can run.
import { kindOf } from '../files/kinds';
import { extensionOf, nameOf } from '../files/paths';
import type { FileRef } from '../place/place';
import { text } from '../text';

export type RunTarget =
  /** A program in the user's own files. */
  | { kind: 'front'; path: string }
  /** No file is open: the program of the last run. */
  | { kind: 'again'; path: string }
  /** A program that is shared, or another user's: it runs as a copy. */
  | { kind: 'copy'; tree: string; path: string }
  /** The file in front isn't a program. */
  | { kind: 'not_python'; path: string; rename: string | null; again: string | null }
  | { kind: 'none' };

/** `last` is the path of the last run within `home`, the tree of the user's own files. */
export function runTarget(active: FileRef | null, home: string, last: string | null): RunTarget {
  if (active === null) return last === null ? { kind: 'none' } : { kind: 'again', path: last };
  const { tree, path } = active;
  if (kindOf(path) === 'python') {
    return tree === home ? { kind: 'front', path } : { kind: 'copy', tree, path };
  }
  const rename = tree === home && extensionOf(path) === '' ? `${path}.py` : null;
  return { kind: 'not_python', path, rename, again: last };
}

/** Returns the tooltip of the Run button. */
export function describeTarget(target: RunTarget): string {
  switch (target.kind) {
    case 'front':
      return text.run.front(nameOf(target.path));
    case 'again':
      return text.run.again(nameOf(target.path));
    case 'copy':
      return text.run.copy(nameOf(target.path));
    case 'not_python':
      return text.run.notPython(nameOf(target.path));
    case 'none':
      return text.run.none;
  }
}
