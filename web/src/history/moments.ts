// When something was, in words, by the clock of the person who reads it.
import { text } from '../text';

const language = 'en-GB';
const clock = new Intl.DateTimeFormat(language, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const day = new Intl.DateTimeFormat(language, { weekday: 'long', day: 'numeric', month: 'long' });
const dayOfYear = new Intl.DateTimeFormat(language, {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
});
const shortDay = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short' });
const shortDayOfYear = new Intl.DateTimeFormat(language, {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
});

/** Returns the time of day: `10:42:07`, as it is told after a save. */
export function timeOf(at: string): string {
  return clock.format(new Date(at));
}

/** Returns the day: `Today`, `Yesterday`, `Monday 24 November`. */
export function dayOf(at: string, now: Date): string {
  const date = new Date(at);
  const near = nearDay(date, now);
  if (near !== null) return near;
  return (date.getFullYear() === now.getFullYear() ? day : dayOfYear).format(date);
}

/** Returns day and time: `Today, 10:42:07`, `24 Nov, 10:42:07`. */
export function momentOf(at: string, now: Date): string {
  const date = new Date(at);
  const isThisYear = date.getFullYear() === now.getFullYear();
  const name = nearDay(date, now) ?? (isThisYear ? shortDay : shortDayOfYear).format(date);
  return `${name}, ${timeOf(at)}`;
}

/** Returns the same within a sentence: `today, 10:42:07`. */
export function momentWithin(at: string, now: Date): string {
  const moment = momentOf(at, now);
  return moment.charAt(0).toLowerCase() + moment.slice(1);
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

function nearDay(date: Date, now: Date): string | null {
  // Not 24 hours ago: a day may have 23 or 25.
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (date.toDateString() === now.toDateString()) return text.days.today;
  return date.toDateString() === yesterday.toDateString() ? text.days.yesterday : null;
}
