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

/**
 * Everything a conversation shows, in order: stored messages by `seq`, however they came, then unsent ones in the
 * order they were written, with a line between days and before what is unread.
 */
export function buildTimeline(
  stored: Message[],
  unsent: OutboxEntry[],
  me: string,
  { complete = true, unreadAfter = null }: View = {},
): TimelineItem[] {
  const messages = inOrder(stored);
  const byId = new Map(messages.map((message) => [message.id, message]));
  const arrived = new Set(messages.filter(({ senderId }) => senderId === me).map((own) => own.clientMessageId));

  const rows = messages.map((message) => storedItem(message, me, byId));
  let newest = rows.at(-1)?.createdAt ?? new Date(0);
  let refused = false;
  for (const entry of unsent) {
    if (arrived.has(entry.clientMessageId)) continue;
    // A clock that is behind the server's must not put today's words under yesterday.
    newest = new Date(Math.max(newest.getTime(), Date.parse(entry.createdAt)));
    rows.push(unsentItem(entry, newest, byId, refused));
    refused ||= entry.failure !== null;
  }
  return withLines(rows, complete, unreadAfter);
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

function storedItem(message: Message, me: string, byId: Map<string, Message>): MessageItem {
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
    id: message.id,
    seq: message.seq,
    replyToId: message.deletedAt ? null : message.replyToId,
    quoted: (message.replyToId && byId.get(message.replyToId)) || null,
    unsent: null,
    waits: false,
    first: true,
    last: true,
  };
}

function unsentItem(entry: OutboxEntry, createdAt: Date, byId: Map<string, Message>, waits: boolean): MessageItem {
  return {
    kind: 'message',
    key: entry.clientMessageId,
    own: true,
    sender: null,
    content: entry.content,
    createdAt,
    state: entry.failure ? 'failed' : 'sending',
    id: null,
    seq: null,
    replyToId: entry.replyToId,
    quoted: (entry.replyToId && byId.get(entry.replyToId)) || null,
    unsent: entry,
    waits,
    first: true,
    last: true,
  };
}

/**
 * Puts lines between the rows, and marks which rows belong together. How a row looks depends on the one before it: while
 * there is more to load the oldest one is held back, so that nothing that is shown changes when more is loaded.
 */
function withLines(rows: MessageItem[], complete: boolean, unreadAfter: number | null): TimelineItem[] {
  const items: TimelineItem[] = [];
  for (const [index, row] of rows.entries()) {
    const previous = rows[index - 1];
    if (!previous && !complete) continue;
    const day = startOfDay(row.createdAt);
    const newDay = !previous || startOfDay(previous.createdAt) !== day;
    if (newDay) items.push({ kind: 'day', key: `day-${day}`, date: new Date(day) });
    const unread = unreadAfter !== null && isFirstUnread(row, previous, unreadAfter);
    if (unread) items.push({ kind: 'unread', key: 'unread' });
    if (previous && !newDay && !unread && belongTogether(previous, row)) {
      previous.last = false;
      row.first = false;
    }
    items.push(row);
  }
  return items;
}

function isFirstUnread(row: MessageItem, previous: MessageItem | undefined, unreadAfter: number): boolean {
  if (row.seq === null || row.seq <= unreadAfter) return false;
  return !previous || (previous.seq !== null && previous.seq <= unreadAfter);
}

function belongTogether(a: MessageItem, b: MessageItem): boolean {
  if (a.own !== b.own || (!a.own && a.sender?.id !== b.sender?.id)) return false;
  return b.createdAt.getTime() - a.createdAt.getTime() < groupSpan;
}
