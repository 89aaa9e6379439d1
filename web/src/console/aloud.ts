// What of a run is said aloud. Each sentence takes the place of the one before, so what belongs
// together is said together: an end, its explanation, and the figures.
import { nameOf } from '../files/paths';
import type { Mark, RunView } from '../generated/socket';
import { text } from '../text';
import { sentenceOf } from './screen';
import { spoken } from './sentence';

export class Aloud {
  #hint = '';
  #hasEnded = false;

  /** A new run is followed. */
  begin(): void {
    this.#hint = '';
    this.#hasEnded = false;
  }

  /** Returns what is to be said at a mark; `null` when it can wait for the end or needs no word. */
  at(mark: Mark, { path }: RunView, figures: number): string | null {
    const sentence = sentenceOf(mark);
    switch (mark.type) {
      case 'plot':
        return text.plots.arrived(figures, nameOf(path));
      case 'hint':
        if (this.#hasEnded) return mark.text;
        this.#hint = mark.text;
        return null;
      default: {
        if (mark.type === 'script_ended') this.#hasEnded = true;
        if (sentence === null) return null;
        const parts = [spoken(sentence), this.#hint];
        if (mark.type === 'script_ended' && figures > 0) parts.push(text.plots.count(figures));
        this.#hint = '';
        return `${path}: ${parts.filter(Boolean).map(closed).join(' ')}`;
      }
    }
  }
}

/** The next sentence needs the end of the one before. */
function closed(sentence: string): string {
  return /[.?!]$/.test(sentence) ? sentence : `${sentence}.`;
}
