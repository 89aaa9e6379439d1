// The rule for a new password, as the server has it; there it is checked again.
import { text } from '../text';

/** In bytes of UTF-8, as the server counts. */
export const least = 8;
export const most = 1024;

export interface Passwords {
  current: string;
  wanted: string;
  again: string;
}

/** What is wrong with each field; `null` where nothing is. */
export type Faults = Record<keyof Passwords, string | null>;

export const noFaults: Faults = { current: null, wanted: null, again: null };

/** Returns what has to be mended before the server is asked. */
export function findFaults({ current, wanted, again }: Passwords): Faults {
  const words = text.password;
  return {
    current: current === '' ? words.currentMissing : null,
    wanted: whyBad(wanted, current),
    again: again === wanted ? null : words.differs,
  };
}

function whyBad(wanted: string, current: string): string | null {
  const words = text.password;
  const bytes = new TextEncoder().encode(wanted).length;
  if (bytes < least) return words.tooShort(least);
  if (bytes > most) return words.tooLong;
  return wanted === current ? words.same : null;
}
