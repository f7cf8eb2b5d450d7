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
  /** Until when it counts, by this page's clock, if nobody tells what becomes of it; null when events do. */
  until: number | null;
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
  return new Map(presences).set(userId, { status, lastSeenAt, timestamp, heardAt: now, until: null });
}

/**
 * With what was looked up, which counts until then if no events follow it. It has no number: what an event has just said on
 * this line counts as newer.
 */
export function withSnapshot(
  presences: Presences,
  snapshot: Presence[],
  now: number,
  until: number | null = null,
): Presences {
  const next = new Map(presences);
  let changed = false;
  for (const { userId, status, lastSeenAt } of snapshot) {
    const known = presences.get(userId);
    if (known?.heardAt != null && now - known.heardAt < overtaking) continue;
    // Whom events are about, they go on being about.
    const lasting = known?.until === null ? null : until;
    if (known && known.status === status && known.lastSeenAt === lastSeenAt && known.until === lasting) continue;
    next.set(userId, { status, lastSeenAt, timestamp: known?.timestamp ?? 0, heardAt: null, until: lasting });
    changed = true;
  }
  return changed ? next : presences;
}

/** After the line was down: events may have been missed, so that whatever is looked up is newer, and the rest soon ends. */
export function asUnheard(presences: Presences, until: number): Presences {
  return new Map([...presences].map(([userId, known]) => [userId, { ...known, heardAt: null, until }]));
}

/** Without what counts no more. */
export function withoutOld(presences: Presences, now: number): Presences {
  const lasting = [...presences].filter(([, { until }]) => until === null || now < until);
  return lasting.length === presences.size ? presences : new Map(lasting);
}

/** How many of these people are at a device, or were within the last minutes. */
export function countHere(presences: Presences, userIds: Iterable<string>): number {
  let count = 0;
  for (const userId of userIds) if ((presences.get(userId)?.status ?? 'offline') !== 'offline') count += 1;
  return count;
}
