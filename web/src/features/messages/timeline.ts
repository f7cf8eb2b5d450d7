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
  /** The server's name for it; null while it does not know it. */
  id: string | null;
  /** The place in the conversation; null while the server has not given one. */
  seq: number | null;
  /** The message that this one answers. */
  replyToId: string | null;
  /** That message, when it is loaded. */
  quoted: Message | null;
  /** What is still to be sent; null once stored. */
  unsent: OutboxEntry | null;
  /** It is not sent before something that was refused is sent or given up. */
  waits: boolean;
  /** Whether it starts and ends a run of messages of one person. */
  first: boolean;
  last: boolean;
};

export type DayItem = { kind: 'day'; key: string; date: Date };
/** Stands before the first message that was not read when the conversation was opened. */
export type UnreadItem = { kind: 'unread'; key: string };
export type TimelineItem = DayItem | UnreadItem | MessageItem;

type View = {
  /** Whether the beginning of the conversation is loaded. */
  complete?: boolean;
  /** Up to where everything was read; null when nothing was unread. */
  unreadAfter?: number | null;
};

const groupSpan = 5 * 60 * 1000;

/** What goes into the list, before it is known what stands around it. */
type Row = {
  message: Message | null;
  entry: OutboxEntry | null;
  senderId: string;
  seq: number | null;
  createdAt: Date;
  /** When its day begins. */
  day: number;
  waits: boolean;
};

/**
 * Everything a conversation shows, in order: stored messages by `seq`, however they came, then unsent ones in the
 * order they were written, with a line between days and before what is unread. How a row looks depends on the one
 * before it: while there is more to load the oldest one is held back, so that nothing that is shown changes then.
 */
export function buildTimeline(
  stored: Message[],
  unsent: OutboxEntry[],
  me: string,
  { complete = true, unreadAfter = null }: View = {},
): TimelineItem[] {
  const messages = inOrder(stored);
  const byId = new Map(messages.map((message) => [message.id, message]));
  const rows = [...messages.map(storedRow), ...unsentRows(unsent, messages, me)];

  const items: TimelineItem[] = [];
  let line = complete ? lineBefore(rows[0], undefined, unreadAfter) : null;
  for (const [index, row] of rows.entries()) {
    const next = rows[index + 1];
    const nextLine = lineBefore(next, row, unreadAfter);
    if (index > 0 || complete) {
      if (line?.day) items.push({ kind: 'day', key: `day-${row.day}`, date: new Date(row.day) });
      if (line?.unread) items.push({ kind: 'unread', key: 'unread' });
      const first = line !== null || !belongTogether(rows[index - 1], row);
      const last = nextLine !== null || !belongTogether(row, next);
      items.push(toItem(row, me, byId, first, last));
    }
    line = nextLine;
  }
  return items;
}

/** Each once, in its newest state. */
function inOrder(stored: Message[]): Message[] {
  const bySeq = new Map<number, Message>();
  for (const message of stored) {
    const known = bySeq.get(message.seq);
    if (!known || (known.rev ?? 0) < (message.rev ?? 0)) bySeq.set(message.seq, message);
  }
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}

// Long histories are gone through with every message that comes; working with dates would be most of it.
const storedRows = new WeakMap<Message, Row>();

function storedRow(message: Message): Row {
  const known = storedRows.get(message);
  if (known) return known;
  const { senderId, seq } = message;
  const createdAt = new Date(message.createdAt);
  const row = { message, entry: null, senderId, seq, createdAt, day: startOfDay(createdAt), waits: false };
  storedRows.set(message, row);
  return row;
}

function unsentRows(unsent: OutboxEntry[], messages: Message[], me: string): Row[] {
  if (unsent.length === 0) return [];
  const arrived = new Set(messages.filter(({ senderId }) => senderId === me).map((own) => own.clientMessageId));
  let newest = Date.parse(messages.at(-1)?.createdAt ?? '') || 0;
  let waits = false;
  const rows: Row[] = [];
  for (const entry of unsent) {
    if (arrived.has(entry.clientMessageId)) continue;
    // A clock that is behind the server's must not put today's words under yesterday.
    newest = Math.max(newest, Date.parse(entry.createdAt));
    const createdAt = new Date(newest);
    rows.push({ message: null, entry, senderId: me, seq: null, createdAt, day: startOfDay(createdAt), waits });
    waits ||= entry.failure !== null;
  }
  return rows;
}

/** What stands between two rows; null when nothing does. */
function lineBefore(row: Row | undefined, previous: Row | undefined, unreadAfter: number | null) {
  if (!row) return null;
  const day = previous?.day !== row.day;
  const unread = unreadAfter !== null && isFirstUnread(row, previous, unreadAfter);
  return day || unread ? { day, unread } : null;
}

function isFirstUnread(row: Row, previous: Row | undefined, unreadAfter: number): boolean {
  if (row.seq === null || row.seq <= unreadAfter) return false;
  return !previous || (previous.seq !== null && previous.seq <= unreadAfter);
}

function belongTogether(a: Row | undefined, b: Row | undefined): boolean {
  if (!a || !b || a.senderId !== b.senderId) return false;
  return b.createdAt.getTime() - a.createdAt.getTime() < groupSpan;
}

// The very same item while nothing about it is different, so that it is not drawn again.
const storedItems = new WeakMap<Message, MessageItem>();

function toItem(row: Row, me: string, byId: Map<string, Message>, first: boolean, last: boolean): MessageItem {
  const { message, entry, createdAt, waits } = row;
  const replyToId = (message?.deletedAt ? null : (message ?? entry)?.replyToId) ?? null;
  const quoted = (replyToId && byId.get(replyToId)) || null;
  const own = row.senderId === me;
  const known = message && storedItems.get(message);
  if (known?.first === first && known.last === last && known.quoted === quoted && known.own === own) return known;
  const item: MessageItem = {
    kind: 'message',
    // Ours keep the name they were sent under, so that a stored bubble stays the very same element.
    // Others' client ids are theirs to choose, and could be chosen to clash.
    key: (own ? (message ?? entry)?.clientMessageId : message?.id) ?? '',
    own,
    sender: message?.sender ?? null,
    content: (message ?? entry)?.content ?? '',
    createdAt,
    state: stateOf(message, entry),
    id: message?.id ?? null,
    seq: row.seq,
    replyToId,
    quoted,
    unsent: entry,
    waits,
    first,
    last,
  };
  if (message) storedItems.set(message, item);
  return item;
}

function stateOf(message: Message | null, entry: OutboxEntry | null): MessageState {
  if (message) return message.deletedAt ? 'deleted' : 'delivered';
  return entry?.failure ? 'failed' : 'sending';
}
