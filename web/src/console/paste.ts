// Bracketed paste: a program that switched it on gets a paste between two marks, as one block.
const begin = '\x1b[200~';
const end = '\x1b[201~';

/**
 * Returns terminal input with a paste in it made safe and, at the prompt, complete.
 *
 * Escape characters in the pasted text go, because they could end the paste early. At the prompt a
 * line end after the last line comes behind the end mark: the block runs at once, as a pasted line
 * does without marks.
 */
export function preparePaste(data: string, isAtPrompt: boolean): string {
  if (!data.startsWith(begin) || !data.endsWith(end)) return data;
  const pasted = data.slice(begin.length, -end.length).replaceAll('\x1b', '');
  if (!isAtPrompt) return begin + pasted + end;
  const text = pasted.replace(/[\r\n]+$/, '');
  return begin + text + end + (text === pasted ? '' : '\r');
}
