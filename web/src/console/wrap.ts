// Breaks a sentence between its words, where the terminal would break it within them.

/** Cells that a text takes in a terminal: most letters one, those of East Asia and emoji two. */
export function cellsOf(text: string): number {
  return [...text].reduce((cells, letter) => cells + (wide.test(letter) ? 2 : 1), 0);
}

const wide =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}]/u;

/** Returns the lines of a text, none wider than `cells` unless one word alone is. */
export function wrap(text: string, cells: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && cellsOf(longer) > cells) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return line === '' ? lines : [...lines, line];
}
