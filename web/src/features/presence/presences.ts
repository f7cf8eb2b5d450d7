import type { Presence, PresenceStatus, PresenceUpdate } from '@/api';

/** What is known of a person. */
export type Known = {
  status: PresenceStatus;
  /** When they were last at a device; null when that is not to be known. */
  lastSeenAt: string | null;
  /** The server's time of the last event that told it; 0 when none did. */
  timestamp: number;
  /** When that was heard, by this page's clock; null when it was looked up. */
  heardAt: number | null;
};

/** Who is here, by user. Nobody is known to be here who is not in it. */
export type Presences = ReadonlyMap<string, Known>;

/** For so long, what was looked up may have been on its way while an event came. */
const overtaking = 10_000;

/** With what an event says, unless a newer one said something else. */
export function withUpdate(presences: Presences, update: PresenceUpdate, now: number): Presences {
  const { userId, status, lastSeenAt = null } = update;
  const timestamp = Date.parse(update.timestamp);
  const known = presences.get(userId);
  if (known && timestamp <= known.timestamp) return presences;
  return new Map(presences).set(userId, { status, lastSeenAt, timestamp, heardAt: now });
}

/** With what was looked up. It has no number: what an event has just said on this line counts as newer. */
export function withSnapshot(presences: Presences, snapshot: Presence[], now: number): Presences {
  const news = snapshot.filter(({ userId, status, lastSeenAt }) => {
    const known = presences.get(userId);
    if (!known) return true;
    const overtaken = known.heardAt !== null && now - known.heardAt < overtaking;
    return !overtaken && (known.status !== status || known.lastSeenAt !== lastSeenAt);
  });
  if (news.length === 0) return presences;
  const next = new Map(presences);
  for (const { userId, status, lastSeenAt } of news) {
    next.set(userId, { status, lastSeenAt, timestamp: presences.get(userId)?.timestamp ?? 0, heardAt: null });
  }
  return next;
}

/** After the line was down: events may have been missed, so that whatever is looked up is newer. */
export function asUnheard(presences: Presences): Presences {
  return new Map([...presences].map(([userId, known]) => [userId, { ...known, heardAt: null }]));
}

/** How many of these people are at a device, or were within the last minutes. */
export function countHere(presences: Presences, userIds: Iterable<string>): number {
  let count = 0;
  for (const userId of userIds) if ((presences.get(userId)?.status ?? 'offline') !== 'offline') count += 1;
  return count;
}
