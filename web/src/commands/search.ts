// How a list is narrowed by what was typed.

/**
 * Returns the entries that hold all words, those that begin with the first before the others, in
 * their old order. Accents and case do not matter.
 */
export function search<T>(entries: readonly T[], typed: string, nameOf: (entry: T) => string): T[] {
  const words = plain(typed).split(/\s+/).filter(Boolean);
  const first = words[0];
  if (first === undefined) return [...entries];
  const found = entries
    .map((entry) => ({ entry, name: plain(nameOf(entry)) }))
    .filter(({ name }) => words.every((word) => name.includes(word)));
  const isFront = (name: string) => name.startsWith(first) || name.includes(`/${first}`);
  return [
    ...found.filter(({ name }) => isFront(name)),
    ...found.filter(({ name }) => !isFront(name)),
  ].map(({ entry }) => entry);
}

function plain(text: string): string {
  return text
    .normalize('NFD')
    .replaceAll(/\p{Diacritic}/gu, '')
    .toLocaleLowerCase();
}
