// What a key does in a file tree (the pattern of WAI-ARIA's tree view), without any DOM.

/** A visible row, as far as keys care. */
export interface KeyRow {
  name: string;
  level: number;
  isFolder: boolean;
  isExpanded: boolean;
}

export type TreeAction =
  | { do: 'focus'; index: number }
  | { do: 'expand' }
  | { do: 'collapse' }
  | { do: 'open' }
  | { do: 'rename' }
  | { do: 'delete' }
  | { do: 'menu' }
  | { do: 'search'; letters: string };

/** Returns what a key means on the row at `index`; `null` when nothing. */
export function treeAction(
  rows: readonly KeyRow[],
  index: number,
  key: { key: string; shiftKey: boolean },
): TreeAction | null {
  const row = rows[index];
  if (row === undefined) return null;
  switch (key.key) {
    case 'ArrowDown':
      return index + 1 < rows.length ? { do: 'focus', index: index + 1 } : null;
    case 'ArrowUp':
      return index > 0 ? { do: 'focus', index: index - 1 } : null;
    case 'Home':
      return { do: 'focus', index: 0 };
    case 'End':
      return { do: 'focus', index: rows.length - 1 };
    case 'ArrowRight':
      return right(rows, index, row);
    case 'ArrowLeft':
      return left(rows, index, row);
    case 'Enter':
    case ' ':
      return { do: 'open' };
    case 'F2':
      return { do: 'rename' };
    case 'Delete':
      return { do: 'delete' };
    case 'ContextMenu':
      return { do: 'menu' };
    case 'F10':
      return key.shiftKey ? { do: 'menu' } : null;
    default:
      return [...key.key].length === 1 ? { do: 'search', letters: key.key } : null;
  }
}

/** Returns the next row after `index`, around the end, whose name begins with the letters. */
export function findByLetters(rows: readonly KeyRow[], index: number, letters: string): number {
  const wanted = letters.toLocaleLowerCase();
  // A second letter may still mean the row one is on; a first one means the next.
  const first = [...letters].length > 1 ? 0 : 1;
  for (let step = first; step <= rows.length; step += 1) {
    const at = (index + step) % rows.length;
    if (rows[at]?.name.toLocaleLowerCase().startsWith(wanted)) return at;
  }
  return index;
}

function right(rows: readonly KeyRow[], index: number, row: KeyRow): TreeAction | null {
  if (!row.isFolder) return null;
  if (!row.isExpanded) return { do: 'expand' };
  const next = rows[index + 1];
  return next !== undefined && next.level > row.level ? { do: 'focus', index: index + 1 } : null;
}

function left(rows: readonly KeyRow[], index: number, row: KeyRow): TreeAction | null {
  if (row.isFolder && row.isExpanded) return { do: 'collapse' };
  for (let at = index - 1; at >= 0; at -= 1) {
    if ((rows[at]?.level ?? 0) < row.level) return { do: 'focus', index: at };
  }
  return null;
}
