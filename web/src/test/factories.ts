import type { Conversation, DeviceSession, Message, Profile, User } from '@/api';

function makeUser(number: number, username: string, displayName: string): User {
  return { id: `01900000-0000-7000-8000-00000000000${number}`, username, displayName, avatarUrl: null };
}

export const alice = makeUser(1, 'alice', 'Alice Example');
export const bob = makeUser(2, 'bob', 'Bob Example');
export const carol = makeUser(3, 'carol', 'Carol Example');

export const aliceProfile: Profile = {
  ...alice,
  email: 'alice@example.org',
  readReceiptsEnabled: true,
  presenceEnabled: true,
  createdAt: '2026-03-01T08:00:00.000Z',
};

/** A message; its times follow from `seq` unless given. */
export function makeMessage(given: Partial<Message> = {}): Message {
  const seq = given.seq ?? 1;
  const createdAt = given.createdAt ?? new Date(Date.UTC(2026, 2, 18, 9, 0, seq)).toISOString();
  const sender = given.sender ?? bob;
  return {
    id: `m${seq}`,
    conversationId: 'a',
    seq,
    rev: null,
    senderId: sender.id,
    sender,
    content: `Message ${seq}`,
    contentType: 'text',
    clientMessageId: `client-${seq}`,
    status: 'delivered',
    replyToId: null,
    createdAt,
    updatedAt: createdAt,
    deletedAt: null,
    ...given,
  };
}

/** A direct conversation of Alice and Bob. */
export function makeConversation(given: Partial<Conversation> = {}): Conversation {
  return {
    id: 'a',
    type: 'direct',
    title: null,
    avatarUrl: null,
    createdAt: '2026-03-18T08:00:00.000Z',
    updatedAt: '2026-03-18T09:00:00.000Z',
    lastSeq: 0,
    lastRev: 0,
    participantCount: 2,
    participants: [
      { user: alice, role: 'owner' },
      { user: bob, role: 'member' },
    ],
    lastMessage: null,
    unreadCount: 0,
    lastReadMessageId: null,
    ...given,
  };
}

/** A device on which Alice is logged in. */
export function makeDevice(given: Partial<DeviceSession> = {}): DeviceSession {
  return {
    id: 'this',
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
    createdAt: '2026-03-01T08:00:00.000Z',
    lastUsedAt: '2026-03-18T09:00:00.000Z',
    current: true,
    ...given,
  };
}
