const day = 24 * 60 * 60 * 1000;

const time = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'long' });
const shortWeekday = new Intl.DateTimeFormat(undefined, { weekday: 'short' });
const dayAndMonth = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const longDate = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long' });
const longDateAndYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long', year: 'numeric' });
const numericDate = new Intl.DateTimeFormat(undefined, { dateStyle: 'short' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' });

/** The start of the local day that `date` lies in. */
export function startOfDay(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

/** Calendar days between the two; rounded, because a day of a clock change has 23 or 25 hours. */
function daysAgo(date: Date, now: Date): number {
  return Math.round((startOfDay(now) - startOfDay(date)) / day);
}

/** "14:05" */
export function formatTime(date: Date): string {
  return time.format(date);
}

/** "Tuesday, 3 March 2026 at 14:05" */
export function formatFull(date: Date): string {
  return full.format(date);
}

/** The title of a day in a conversation: "Today", "Yesterday", "Tuesday", "3 March", "3 March 2025". */
export function formatDay(date: Date, now: Date): string {
  const days = daysAgo(date, now);
  if (days <= 0) return 'Today';
  if (days === 1) return 'Yesterday';
  if (days < 7) return weekday.format(date);
  return date.getFullYear() === now.getFullYear() ? longDate.format(date) : longDateAndYear.format(date);
}

/** When something last happened, as short as a list needs it: "14:05", "Yesterday", "Tue", "3 Mar", "03/03/25". */
export function formatShort(date: Date, now: Date): string {
  const days = daysAgo(date, now);
  if (days <= 0) return time.format(date);
  if (days === 1) return 'Yesterday';
  if (days < 7) return shortWeekday.format(date);
  return date.getFullYear() === now.getFullYear() ? dayAndMonth.format(date) : numericDate.format(date);
}

/** Like `formatShort`, and within the last hour how long ago: "now", "5 min". */
export function formatAgo(date: Date, now: Date): string {
  const minutes = Math.floor((now.getTime() - date.getTime()) / 60_000);
  if (minutes >= 60) return formatShort(date, now);
  // A server's clock may be a little ahead of this one.
  return minutes < 1 ? 'now' : `${minutes} min`;
}

/** How long somebody has to wait: "45 s", "2 min 05 s", "1 h 02 min". */
export function formatWait(seconds: number): string {
  const pad = (count: number) => String(count).padStart(2, '0');
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`;
  // Rounded up, so that nobody is sent back too early.
  const minutes = Math.ceil(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

/** When something was, within a sentence: "just now", "5 minutes ago", "yesterday at 14:05", "on 3 March at 14:05". */
export function formatPast(date: Date, now: Date): string {
  const minutes = Math.floor((now.getTime() - date.getTime()) / 60_000);
  // A server's clock may be a little ahead of this one.
  if (minutes < 1) return 'just now';
  if (minutes < 60) return minutes === 1 ? '1 minute ago' : `${minutes} minutes ago`;
  const days = daysAgo(date, now);
  const day = days <= 1 ? formatDay(date, now).toLowerCase() : `on ${formatDay(date, now)}`;
  return `${day} at ${time.format(date)}`;
}
