// How full a home is. A look costs the server one at every file, so it is not taken often.
import { Refusal, Unreachable } from '../api/request';
import { getUsage } from '../api/trees';
import type { UsageView } from '../api/types';
import { text } from '../text';

/** Between two looks, in milliseconds. */
export const lookPause = 10_000;
/** From this share on it is worth a line. */
const high = 0.8;
const almost = 0.95;

export interface Fullness {
  level: 'high' | 'almost' | 'full';
  /** Of what may be used; more than 1 where programs have written more. */
  share: number;
  sentence: string;
}

export interface Clock {
  now(): number;
  later(ms: number, action: () => void): () => void;
}

export class Usage {
  view = $state.raw<UsageView | null>(null);
  readonly #tree: string;
  readonly #clock: Clock;
  #lookedAt = -Infinity;
  #cancel: (() => void) | null = null;

  constructor(tree: string, clock: Clock = wallClock) {
    this.#tree = tree;
    this.#clock = clock;
  }

  /** Looks at once, or as soon as it may again. */
  look(): void {
    if (this.#cancel !== null) return;
    const wait = this.#lookedAt + lookPause - this.#clock.now();
    if (wait > 0) {
      this.#cancel = this.#clock.later(wait, () => {
        this.#cancel = null;
        this.look();
      });
      return;
    }
    this.#lookedAt = this.#clock.now();
    void this.#read();
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  async #read(): Promise<void> {
    try {
      this.view = await getUsage(this.#tree);
    } catch (error) {
      // What was known stays; the next occasion to look comes.
      if (!(error instanceof Refusal) && !(error instanceof Unreachable)) throw error;
    }
  }
}

/** Returns how full a home is, if that is worth telling. */
export function fullnessOf({ bytes, files, max_bytes, max_files }: UsageView): Fullness | null {
  const [ofBytes, ofFiles] = [shareOf(bytes, max_bytes), shareOf(files, max_files)];
  const share = Math.max(ofBytes, ofFiles);
  if (share <= high) return null;
  const used =
    ofBytes >= ofFiles
      ? text.usage.bytes(...sizes(bytes, max_bytes))
      : text.usage.files(counted(files), counted(max_files));
  if (share >= 1) return { level: 'full', share, sentence: text.usage.full(used) };
  if (share > almost) return { level: 'almost', share, sentence: text.usage.almost(used) };
  return { level: 'high', share, sentence: used };
}

function shareOf(used: number, most: number): number {
  return most > 0 ? used / most : 0;
}

function counted(n: number): string {
  return n.toLocaleString('en-GB');
}

/** Returns both sizes in the unit of the second, of 2²⁰ or 2³⁰ bytes, as the limit is set. */
function sizes(used: number, most: number): [string, string] {
  const [unit, name] = most >= 2 ** 30 ? ([2 ** 30, 'GB'] as const) : ([2 ** 20, 'MB'] as const);
  const digits = most / unit < 100 ? 1 : 0;
  // Down, so that it does not read as full before it is.
  const short = (n: number) => String(Math.floor((n / unit) * 10 ** digits) / 10 ** digits);
  return [short(used), `${short(most)} ${name}`];
}

const wallClock: Clock = {
  now: () => performance.now(),
  later: (ms, action) => {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
};
