// One figure that a program has shown, and the names it goes by.
import { plotAddress } from '../api/plots';
import { folderOf, join, nameOf } from '../files/paths';
import { text } from '../text';

export interface Figure {
  run: string;
  /** The program's file. */
  path: string;
  /** From 0, in the order in which they were shown. */
  plot: number;
  mediaType: string;
}

/** Returns its number as people count. */
export function numberOf({ plot }: Figure): number {
  return plot + 1;
}

/** Returns what stands for it where it cannot be seen. */
export function altOf(figure: Figure): string {
  return text.plots.alt(numberOf(figure), nameOf(figure.path));
}

export function addressOf(tree: string, { run, plot }: Figure): string {
  return plotAddress(tree, run, plot);
}

/** Returns the name of its file: `figure-1.svg`. */
export function fileNameOf(figure: Figure): string {
  const ending = figure.mediaType === 'image/svg+xml' ? 'svg' : 'png';
  return `figure-${numberOf(figure)}.${ending}`;
}

/** Returns where it is saved: beside the program, under the first of its names that is free. */
export function freePath(figure: Figure, isTaken: (name: string) => boolean): string {
  const name = fileNameOf(figure);
  const at = name.lastIndexOf('.');
  for (let n = 1; ; n += 1) {
    // Without spaces and brackets: the name will be typed into programs.
    const candidate = n === 1 ? name : `${name.slice(0, at)}-${n}${name.slice(at)}`;
    if (!isTaken(candidate)) return join(folderOf(figure.path), candidate);
  }
}
