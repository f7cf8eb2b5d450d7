import type { Message, User } from '@/api';
import { startOfDay } from '@/lib/dates';
import type { OutboxEntry } from './outbox';

export type MessageState = 'sending' | 'delivered' | 'failed' | 'deleted';

export type MessageItem = {
  kind: 'message';
  key: string;
  own: boolean;
  /** Null for our own messages that the server does not know yet. */
  sender: User | null;
  content: string;
  createdAt: Date;
  state: MessageState;
  /** The place in the conversation; null while the server has not given one. */
  seq: number | null;
  /** What is still to be sent; null once stored. */
  unsent: OutboxEntry | null;
  /** Whether it starts and ends a run of messages of one person. */
  first: boolean;
  last: boolean;
};

export type DayItem = { kind: 'day'; key: string; date: Date };
export type TimelineItem = DayItem | MessageItem;

const groupSpan = 5 * 60 * 1000;

/**
 * Everything a conversation shows, in order: stored messages by `seq`, however they came, then unsent ones in the
 * order they were written, with a line between days.
 */
export function buildTimeline(stored: Message[], unsent: OutboxEntry[], me: string): TimelineItem[] {
  const bySeq = new Map<number, Message>();
  for (const message of stored) {
    const known = bySeq.get(message.seq);
    if (!known || (known.rev ?? 0) < (message.rev ?? 0)) bySeq.set(message.seq, message);
  }
  const messages = [...bySeq.values()].sort((a, b) => a.seq - b.seq);
  const arrived = new Set(messages.filter(({ senderId }) => senderId === me).map((own) => own.clientMessageId));

  const rows = messages.map((message) => storedItem(message, me));
  let newest = rows.at(-1)?.createdAt ?? new Date(0);
  for (const entry of unsent) {
    if (arrived.has(entry.clientMessageId)) continue;
    // A clock that is behind the server's must not put today's words under yesterday.
    newest = new Date(Math.max(newest.getTime(), Date.parse(entry.createdAt)));
    rows.push(unsentItem(entry, newest));
  }
  return withDays(markGroups(rows));
}

function storedItem(message: Message, me: string): MessageItem {
  const own = message.senderId === me;
  return {
    kind: 'message',
    // Ours keep the name they were sent under, so that a stored bubble stays the very same element.
    // Others' client ids are theirs to choose, and could be chosen to clash.
    key: own ? message.clientMessageId : message.id,
    own,
    sender: message.sender,
    content: message.content,
    createdAt: new Date(message.createdAt),
    state: message.deletedAt ? 'deleted' : 'delivered',
    seq: message.seq,
    unsent: null,
    first: true,
    last: true,
  };
}

function unsentItem(entry: OutboxEntry, createdAt: Date): MessageItem {
  return {
    kind: 'message',
    key: entry.clientMessageId,
    own: true,
    sender: null,
    content: entry.content,
    createdAt,
    state: entry.failure ? 'failed' : 'sending',
    seq: null,
    unsent: entry,
    first: true,
    last: true,
  };
}

function markGroups(rows: MessageItem[]): MessageItem[] {
  for (const [index, row] of rows.entries()) {
    const previous = rows[index - 1];
    if (!previous || !belongTogether(previous, row)) continue;
    previous.last = false;
    row.first = false;
  }
  return rows;
}

function belongTogether(a: MessageItem, b: MessageItem): boolean {
  if (a.own !== b.own || (!a.own && a.sender?.id !== b.sender?.id)) return false;
  return (
    b.createdAt.getTime() - a.createdAt.getTime() < groupSpan && startOfDay(a.createdAt) === startOfDay(b.createdAt)
  );
}

function withDays(rows: MessageItem[]): TimelineItem[] {
  let day = Number.NaN;
  return rows.flatMap((row): TimelineItem[] => {
    const start = startOfDay(row.createdAt);
    if (start === day) return [row];
    day = start;
    return [{ kind: 'day', key: `day-${start}`, date: new Date(start) }, row];
  });
}
