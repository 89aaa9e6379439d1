// When something was, in words, by the clock of the person who reads it.
import { text } from '../text';

/** How precisely a time is told: to the second where several things happen within a minute. */
export type Precision = 'minutes' | 'seconds';

const language = 'en-GB';
const minute = 60_000;
const hour = 60 * minute;

const toMinutes = { hour: '2-digit', minute: '2-digit' } as const;
const clocks: Record<Precision, Intl.DateTimeFormat> = {
  minutes: new Intl.DateTimeFormat(language, toMinutes),
  seconds: new Intl.DateTimeFormat(language, { ...toMinutes, second: '2-digit' }),
};

const ofThisYear = { day: 'numeric', month: 'long' } as const;
const day = new Intl.DateTimeFormat(language, ofThisYear);
const dayOfYear = new Intl.DateTimeFormat(language, { ...ofThisYear, year: 'numeric' });
const heading = new Intl.DateTimeFormat(language, { weekday: 'long', ...ofThisYear });
const headingOfYear = new Intl.DateTimeFormat(language, {
  weekday: 'long',
  ...ofThisYear,
  year: 'numeric',
});

/** Returns the time of day to the second: `10:42:07`, as it is told after a save. */
export function timeOf(at: string): string {
  return clocks.seconds.format(new Date(at));
}

/** Returns the day, to stand above what happened on it: `Today`, `Yesterday`, `Monday 24 November`. */
export function dayOf(at: string, now: Date): string {
  const date = new Date(at);
  return nearDay(date, now) ?? (isThisYear(date, now) ? heading : headingOfYear).format(date);
}

/** Returns day and time: `Today at 10:42`, `24 November at 10:42`. */
export function momentOf(at: string, now: Date, precision: Precision): string {
  const date = new Date(at);
  const name = nearDay(date, now) ?? (isThisYear(date, now) ? day : dayOfYear).format(date);
  return text.moments.at(name, clocks[precision].format(date));
}

/** Returns the same within a sentence: `today at 10:42`. */
export function momentWithin(at: string, now: Date, precision: Precision): string {
  const moment = momentOf(at, now, precision);
  return moment.charAt(0).toLowerCase() + moment.slice(1);
}

/** Returns how long ago something was, for that which is known to a minute or so: `12 minutes ago`. */
export function saidAgo(at: string, now: Date): string {
  const passed = now.getTime() - new Date(at).getTime();
  const words = text.moments;
  // The server's clock may be ahead of this one.
  if (passed < 2 * minute) return words.justNow;
  if (passed < hour) return words.minutesAgo(Math.floor(passed / minute));
  if (passed < 12 * hour) return words.hoursAgo(Math.floor(passed / hour));
  return momentWithin(at, now, 'minutes');
}

/** One day's things. */
export interface Day<T> {
  name: string;
  things: T[];
}

/** Puts what follows each other and is of one day together. */
export function byDay<T extends { at: string }>(things: readonly T[], now: Date): Day<T>[] {
  const days: Day<T>[] = [];
  for (const thing of things) {
    const name = dayOf(thing.at, now);
    const last = days.at(-1);
    if (last?.name === name) last.things.push(thing);
    else days.push({ name, things: [thing] });
  }
  return days;
}

function isThisYear(date: Date, now: Date): boolean {
  return date.getFullYear() === now.getFullYear();
}

function nearDay(date: Date, now: Date): string | null {
  // Not 24 hours ago: a day may have 23 or 25.
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (date.toDateString() === now.toDateString()) return text.moments.today;
  return date.toDateString() === yesterday.toDateString() ? text.moments.yesterday : null;
}
