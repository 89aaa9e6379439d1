// Follows one run's log across connections: drops what came twice, keeps marks at their place in
// the output, and counts what was shown so that the server may send more.
import type { Mark } from '../generated/socket';

/** What is to be shown, in this order. */
export type Item =
  | { kind: 'bytes'; bytes: Uint8Array; /** The offset after the last byte. */ end: number }
  | { kind: 'mark'; mark: Mark }
  | { kind: 'lost'; bytes: number };

/** Tell the server after this many more bytes were shown; it stops sending at 256 KiB. */
export const acknowledgeEvery = 32 * 1024;

interface Waiting {
  offset: number;
  mark: Mark;
}

export class RunLog {
  /** The offset of the next byte wanted. */
  received = 0;
  #acknowledged = 0;
  #waiting: Waiting[] = [];
  #seen = new Set<string>();

  /** The server answered `attach`: bytes come from `from` on, and `lost` before it are gone. */
  attached(from: number, lost: number): Item[] {
    this.#acknowledged = Math.max(from, this.#acknowledged);
    if (lost === 0 || from <= this.received) return [];
    this.received = from;
    return [...this.#due(), { kind: 'lost', bytes: lost }];
  }

  /** A frame came; returns what of it is new, cut where marks belong. */
  frame(offset: number, bytes: Uint8Array): Item[] {
    const items: Item[] = [];
    const end = offset + bytes.length;
    if (offset > this.received) {
      items.push({ kind: 'lost', bytes: offset - this.received });
      this.received = offset;
    }
    while (this.received < end) {
      items.push(...this.#due());
      const cut = Math.min(end, this.#waiting[0]?.offset ?? end);
      const part = bytes.subarray(this.received - offset, cut - offset);
      this.received = cut;
      items.push({ kind: 'bytes', bytes: part, end: cut });
    }
    items.push(...this.#due());
    return items;
  }

  /** A mark came, perhaps again, perhaps before the bytes in front of it. */
  mark(offset: number, mark: Mark): Item[] {
    // Several figures may be shown at one place.
    const name = `${mark.type === 'plot' ? `plot ${mark.plot}` : mark.type}@${offset}`;
    if (this.#seen.has(name)) return [];
    this.#seen.add(name);
    this.#waiting.push({ offset, mark });
    this.#waiting.sort((a, b) => a.offset - b.offset);
    return this.#due();
  }

  /**
   * All bytes before `end` were shown. Returns the offset to acknowledge, or `null` while telling
   * the server is not worth a message.
   */
  shown(end: number): number | null {
    if (end - this.#acknowledged < acknowledgeEvery) return null;
    this.#acknowledged = end;
    return end;
  }

  #due(): Item[] {
    const items: Item[] = [];
    for (;;) {
      const next = this.#waiting[0];
      if (next === undefined || next.offset > this.received) return items;
      this.#waiting.shift();
      items.push({ kind: 'mark', mark: next.mark });
    }
  }
}
