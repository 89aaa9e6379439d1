// Cuts what is typed or pasted into messages the server takes.

/** The longest `data` of an `input` message, in bytes of UTF-8. */
export const longestInput = 64 * 1024;

/** Splits a text into parts of at most `limit` bytes of UTF-8, never inside a code point. */
export function splitInput(text: string, limit = longestInput): string[] {
  const parts: string[] = [];
  let start = 0;
  let at = 0;
  let bytes = 0;
  for (const character of text) {
    const width = utf8Width(character.codePointAt(0) ?? 0);
    if (bytes + width > limit) {
      parts.push(text.slice(start, at));
      start = at;
      bytes = 0;
    }
    bytes += width;
    at += character.length;
  }
  if (at > start) parts.push(text.slice(start, at));
  return parts;
}

function utf8Width(point: number): number {
  if (point < 0x80) return 1;
  if (point < 0x800) return 2;
  return point < 0x10000 ? 3 : 4;
}
