// Times as one would say them.
import { text } from '../text';

const minute = 60_000;
const hour = 60 * minute;

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const dayOfYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long' });
const fullDay = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'long',
  year: 'numeric',
});

/** Returns when something happened: “today at 10:42”, “3 March at 09:05”. */
export function saidWhen(at: Date, now: Date): string {
  const time = clock.format(at);
  const words = text.moments;
  if (isSameDay(at, now)) return words.today(time);
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (isSameDay(at, yesterday)) return words.yesterday(time);
  const day = at.getFullYear() === now.getFullYear() ? dayOfYear : fullDay;
  return words.onDay(day.format(at), time);
}

/** Returns how long ago something was, for that which is known to a minute or so: “12 minutes ago”. */
export function saidAgo(at: Date, now: Date): string {
  const passed = now.getTime() - at.getTime();
  const words = text.moments;
  // The server's clock may be ahead of this one.
  if (passed < 2 * minute) return words.justNow;
  if (passed < hour) return words.minutesAgo(Math.floor(passed / minute));
  if (passed < 12 * hour) return words.hoursAgo(Math.floor(passed / hour));
  return saidWhen(at, now);
}

function isSameDay(one: Date, other: Date): boolean {
  return one.toDateString() === other.toDateString();
}
