import type {
  Conversation,
  ConversationUpdated,
  MessageDeleted,
  Participant,
  ParticipantAdded,
  ParticipantRemoved,
} from '@/api';

/** One numbered change of a conversation. */
export type Change =
  | { kind: 'looks'; rev: number; title: string | null; avatarUrl: string | null }
  | { kind: 'present'; rev: number; participant: Participant }
  | { kind: 'absent'; rev: number; userId: string }
  | { kind: 'deleted'; rev: number; messageId: string; seq: number; deletedAt: string };

/** A conversation as it was fetched, with what has changed since. `lastRev` is the newest change that was heard of. */
export type KnownConversation = Conversation & {
  /** I have read everything up to this `seq`, as far as it was said. */
  readSeq?: number;
  since?: {
    /** The number up to which what was fetched holds all changes. */
    rev: number;
    /** The newest change of each thing in it. Changes of different things may come in any order. */
    changes: Readonly<Record<string, Change>>;
  };
};

export const looksChanged = ({ conversation: { title, avatarUrl }, rev }: ConversationUpdated): Change => {
  return { kind: 'looks', rev, title, avatarUrl };
};
export const isPresent = ({ participant, rev }: ParticipantAdded): Change => ({ kind: 'present', rev, participant });
export const isAbsent = ({ userId, rev }: ParticipantRemoved): Change => ({ kind: 'absent', rev, userId });
export const isDeleted = ({ messageId, seq, deletedAt, rev }: MessageDeleted): Change => {
  return { kind: 'deleted', rev, messageId, seq, deletedAt };
};

/** Makes a change, unless what is known of that thing is newer. */
export function withChange(known: KnownConversation, change: Change): KnownConversation {
  const since = known.since ?? { rev: known.lastRev, changes: {} };
  const thing = thingOf(change);
  if (change.rev <= (since.changes[thing]?.rev ?? since.rev)) return known;
  return {
    ...made(known, change),
    lastRev: Math.max(known.lastRev, change.rev),
    since: { ...since, changes: { ...since.changes, [thing]: change } },
  };
}

/** What was just fetched, with the changes and the messages that are known and were too late for it. */
export function withNews(fresh: KnownConversation, known: KnownConversation | undefined): KnownConversation {
  if (!known) return fresh;
  const kept = withReading(fresh, known);
  const changes = Object.values(known.since?.changes ?? {}).filter(({ rev }) => rev > fresh.lastRev);
  const newest = known.lastSeq > fresh.lastSeq ? withHead(kept, known) : kept;
  return changes.sort((a, b) => a.rev - b.rev).reduce<KnownConversation>(withChange, newest);
}

/** How far I have read, on this device or another one: positions only grow. */
export type Read = { seq: number; messageId: string | null; unreadCount: number };

/** Moves on how far I have read. What came after it, and is not known to whoever counted, stays unread. */
export function withRead(known: KnownConversation, { seq, messageId, unreadCount }: Read): KnownConversation {
  if (seq <= (known.readSeq ?? 0)) return known;
  return {
    ...known,
    readSeq: seq,
    lastReadMessageId: messageId,
    unreadCount: Math.max(0, Math.min(unreadCount, known.unreadCount, known.lastSeq - seq)),
  };
}

/** What was fetched before I read on counts too much. Ids rise with time, so that they tell which is further. */
function withReading(fresh: KnownConversation, known: KnownConversation): KnownConversation {
  const { readSeq, lastReadMessageId, unreadCount } = known;
  if (readSeq === undefined) return fresh;
  const further = lastReadMessageId !== null && (fresh.lastReadMessageId ?? '') < lastReadMessageId;
  return further ? { ...fresh, readSeq, lastReadMessageId, unreadCount } : { ...fresh, readSeq };
}

function withHead(fresh: KnownConversation, known: Conversation): KnownConversation {
  const { lastSeq, lastMessage, updatedAt, unreadCount } = known;
  return { ...fresh, lastSeq, lastMessage, updatedAt, unreadCount };
}

function thingOf(change: Change): string {
  switch (change.kind) {
    case 'looks':
      return 'looks';
    case 'present':
      return change.participant.user.id;
    case 'absent':
      return change.userId;
    case 'deleted':
      return change.messageId;
  }
}

function made(known: KnownConversation, change: Change): KnownConversation {
  switch (change.kind) {
    case 'looks':
      return { ...known, title: change.title, avatarUrl: change.avatarUrl };
    case 'present':
      return withParticipant(known, change.participant);
    case 'absent':
      return withoutParticipant(known, change.userId);
    case 'deleted':
      return withTombstone(known, change);
  }
}

/** Lists know the longest-serving people alone; how many there are they know exactly. */
const knowsAll = ({ participants, participantCount }: Conversation) => participants.length === participantCount;

function withParticipant(known: Conversation, { user, role }: Participant): Conversation {
  if (known.participants.some((each) => each.user.id === user.id)) {
    // Names have no numbers: what is known is at least as new.
    const participants = known.participants.map((each) => (each.user.id === user.id ? { ...each, role } : each));
    return { ...known, participants };
  }
  const participants = knowsAll(known) ? [...known.participants, { user, role }] : known.participants;
  return { ...known, participants, participantCount: known.participantCount + 1 };
}

function withoutParticipant(known: Conversation, userId: string): Conversation {
  const participants = known.participants.filter(({ user }) => user.id !== userId);
  if (knowsAll(known) && participants.length === known.participants.length) return known;
  return { ...known, participants, participantCount: known.participantCount - 1 };
}

function withTombstone(known: KnownConversation, { messageId, seq, deletedAt, rev }: Change & { kind: 'deleted' }) {
  const { lastMessage, lastSeq, unreadCount, readSeq = lastSeq - unreadCount } = known;
  const isLast = lastMessage?.id === messageId;
  return {
    ...known,
    lastMessage: isLast ? { ...lastMessage, content: '', deletedAt, rev } : lastMessage,
    // What was not read and is no more need not be read.
    unreadCount: unreadCount > 0 && seq > readSeq ? unreadCount - 1 : unreadCount,
  };
}
