// How long to wait before the next attempt to connect.

const first = 400;
const longest = 15_000;

/**
 * Returns milliseconds: doubling up to 15 s, and between half and all of it by chance, so that a
 * whole class does not come back in the same instant.
 */
export function backoff(attempt: number, random: () => number): number {
  const whole = Math.min(longest, first * 2 ** Math.min(attempt, 16));
  return whole / 2 + (whole / 2) * random();
}
