// The history of one file while somebody looks at it: its versions, the one that is chosen, and
// what the file is now.
import { Refusal, Unreachable } from '../api/request';
import { getText, getVersion, listVersions } from '../api/trees';
import type { ProblemCode, VersionView } from '../api/types';
import { whyFailed } from '../text/problem';

/** What the file is now. */
export type Now =
  | { kind: 'text'; text: string; version: string }
  /** Something the editor does not open; which version it is, is not known. */
  | { kind: 'other' }
  | { kind: 'gone' };

export type Listing =
  | { kind: 'loading' }
  | { kind: 'failed'; why: string }
  | { kind: 'ready'; versions: VersionView[]; now: Now };

/** The content of the chosen version. */
export type Chosen =
  | { kind: 'none' }
  | { kind: 'loading' }
  | { kind: 'text'; text: string }
  /** It can be restored, but not be shown. */
  | { kind: 'hidden'; code: 'not_text' | 'too_large' }
  /** It cannot be had at all. */
  | { kind: 'lost'; code: 'damaged' | 'not_found' }
  | { kind: 'failed'; why: string };

/** Contents that are remembered, so that going back and forth asks for none twice. */
const mostKept = 20;
/** Whoever goes through the list with a key held down does not mean each version. */
export const restAfter = 120;

export class History {
  readonly tree: string;
  readonly path: string;
  listing = $state.raw<Listing>({ kind: 'loading' });
  chosen = $state.raw<Chosen>({ kind: 'none' });
  /** Which of the versions is chosen; they may repeat, so it is their place. */
  at = $state(-1);
  // Nothing is drawn from it, so it need not be reactive.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #kept = new Map<string, Chosen>();
  readonly #later: (ms: number, action: () => void) => () => void;
  #cancel: (() => void) | null = null;

  constructor(tree: string, path: string, later = laterByClock) {
    this.tree = tree;
    this.path = path;
    this.#later = later;
  }

  get version(): VersionView | null {
    return this.listing.kind === 'ready' ? (this.listing.versions[this.at] ?? null) : null;
  }

  /** Whether the chosen version is what the file is now. */
  get isNow(): boolean {
    return this.listing.kind === 'ready' && isNow(this.listing.now, this.version);
  }

  /** Whether the chosen version can be brought back. */
  get isRestorable(): boolean {
    const { listing, chosen } = this;
    if (listing.kind !== 'ready' || this.isNow) return false;
    return chosen.kind === 'text' || chosen.kind === 'hidden';
  }

  /**
   * Reads the list and the file again. What is chosen stays; else it is the newest version that the
   * file is not now.
   */
  async load(): Promise<void> {
    const before = this.version;
    this.#cancel?.();
    this.#cancel = null;
    this.listing = { kind: 'loading' };
    this.chosen = { kind: 'none' };
    this.#kept.clear();
    try {
      const [list, now] = await Promise.all([
        listVersions(this.tree, this.path),
        readNow(this.tree, this.path),
      ]);
      const { versions } = list;
      this.listing = { kind: 'ready', versions, now };
      const same = versions.findIndex((one) => isSame(one, before) && !isNow(now, one));
      const earlier = versions.findIndex((one) => !isNow(now, one));
      this.at = -1;
      this.choose(same >= 0 ? same : Math.max(0, earlier), true);
    } catch (error) {
      this.listing = { kind: 'failed', why: whyFailed(error) };
    }
  }

  /** Goes to a version; its content follows at once, or when nobody has gone on. */
  choose(at: number, isAtOnce = false): void {
    if (this.listing.kind !== 'ready' || at === this.at) return;
    this.#cancel?.();
    this.#cancel = null;
    this.at = at;
    const { version } = this;
    if (version === null) {
      this.chosen = { kind: 'none' };
      return;
    }
    const kept = this.#kept.get(version.version);
    this.chosen = kept ?? { kind: 'loading' };
    if (kept !== undefined) return;
    if (isAtOnce) void this.#read(version);
    else this.#cancel = this.#later(restAfter, () => void this.#read(version));
  }

  /** Asks again for a content that did not come. */
  retry(): void {
    const { version } = this;
    if (version === null || this.chosen.kind !== 'failed') return;
    this.chosen = { kind: 'loading' };
    void this.#read(version);
  }

  close(): void {
    this.#cancel?.();
  }

  async #read(version: VersionView): Promise<void> {
    const { listing } = this;
    const chosen = await readVersion(this.tree, this.path, version, listing);
    // Another may have been chosen, or the list read again, meanwhile.
    if (this.listing !== listing) return;
    if (chosen.kind !== 'failed') this.#keep(version.version, chosen);
    if (this.version?.version === version.version) this.chosen = chosen;
  }

  #keep(version: string, chosen: Chosen): void {
    const [oldest] = this.#kept.keys();
    if (this.#kept.size >= mostKept && oldest !== undefined) this.#kept.delete(oldest);
    this.#kept.set(version, chosen);
  }
}

/** Whether a version is what the file is now, as far as that is known. */
export function isNow(now: Now, version: VersionView | null): boolean {
  return now.kind === 'text' && now.version === version?.version;
}

function isSame(one: VersionView, other: VersionView | null): boolean {
  return one.version === other?.version && one.at === other.at;
}

async function readNow(tree: string, path: string): Promise<Now> {
  try {
    const { text, version } = await getText(tree, path);
    return { kind: 'text', text, version };
  } catch (error) {
    const code = codeOf(error);
    if (code === 'not_found') return { kind: 'gone' };
    if (code === 'not_text' || code === 'too_large') return { kind: 'other' };
    throw error;
  }
}

async function readVersion(
  tree: string,
  path: string,
  version: VersionView,
  listing: Listing,
): Promise<Chosen> {
  if (listing.kind === 'ready' && listing.now.kind === 'text' && isNow(listing.now, version)) {
    return { kind: 'text', text: listing.now.text };
  }
  try {
    return { kind: 'text', text: (await getVersion(tree, path, version.version)).text };
  } catch (error) {
    const code = codeOf(error);
    if (code === 'not_text' || code === 'too_large') return { kind: 'hidden', code };
    if (code === 'damaged' || code === 'not_found') return { kind: 'lost', code };
    if (error instanceof Refusal || error instanceof Unreachable) {
      return { kind: 'failed', why: whyFailed(error) };
    }
    throw error;
  }
}

function codeOf(error: unknown): ProblemCode | null {
  return error instanceof Refusal ? error.code : null;
}

function laterByClock(ms: number, action: () => void): () => void {
  const timer = setTimeout(action, ms);
  return () => clearTimeout(timer);
}
