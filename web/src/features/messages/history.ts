import type { ListMessagesResponse } from '@/api';

/** A part of a history, newest first, and where the conversation stood when it was read. */
export type Page = ListMessagesResponse['data'];

/** Which part: the newest, or so many messages after a `seq`. Numbers have no holes, so every part can be named. */
export type Place = 'newest' | { after: number; limit: number };

const mostPerPage = 100;

/** The part around a message, with what leads up to it. */
export function around(seq: number): Place {
  return { after: Math.max(0, seq - 1 - mostPerPage / 2), limit: mostPerPage };
}

/** What comes before a page; undefined at the beginning of the conversation. */
export function olderThan(page: Page): Place | undefined {
  const oldest = page.messages.at(-1);
  if (!oldest || oldest.seq === 1) return undefined;
  const after = Math.max(0, oldest.seq - 1 - mostPerPage);
  return { after, limit: oldest.seq - 1 - after };
}

/** What comes after a page; undefined when all that was there is in it. What came later came by event. */
export function newerThan(page: Page): Place | undefined {
  const newest = page.messages[0];
  if (!newest || newest.seq >= page.meta.seq) return undefined;
  return { after: newest.seq, limit: mostPerPage };
}

/** Whether the pages, newest first, go on to where events begin. */
export function reachesEnd(pages: Page[]): boolean {
  return !pages[0] || newerThan(pages[0]) === undefined;
}

/** Whether a message of the pages has this `seq`, or the beginning is loaded and there can be none. */
export function covers(pages: Page[], seq: number): boolean {
  const oldest = pages.at(-1)?.messages.at(-1);
  const newest = pages[0]?.messages[0];
  if (!oldest || !newest) return pages.length > 0;
  return (oldest.seq <= seq || oldest.seq === 1) && (seq <= newest.seq || reachesEnd(pages));
}
