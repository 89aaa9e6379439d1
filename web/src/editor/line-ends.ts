// The editor knows one kind of line end; a file keeps the kind it came with.

export type LineEnd = '\n' | '\r\n';

/** Returns the kind of line end a text mostly has. */
export function lineEndOf(text: string): LineEnd {
  const windows = text.split('\r\n').length - 1;
  const all = text.split('\n').length - 1;
  return windows > all / 2 ? '\r\n' : '\n';
}

/** Returns a text with the editor's line ends. */
export function toEditor(text: string): string {
  return text.replace(/\r\n?/g, '\n');
}

/** Returns the editor's text with a file's line ends. */
export function toFile(text: string, end: LineEnd): string {
  return end === '\n' ? text : text.replaceAll('\n', end);
}
