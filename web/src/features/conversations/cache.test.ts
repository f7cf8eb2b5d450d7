import { QueryClient } from '@tanstack/react-query';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Conversation } from '@/api';
import { alice, bob, makeConversation, makeMessage } from '@/test/factories';
import {
  allConversations,
  applyChange,
  applyConversationCreated,
  applyEnding,
  applyFreshPage,
  applyMessage,
  applyRead,
  applySubscribed,
  applyUserUpdated,
  changedUsers,
  putConversation,
} from './cache';
import { conversationQuery, conversationsQuery, endingQuery } from './queries';

const meta = { cursor: null, hasMore: false };
let queryClient: QueryClient;

const list = () => allConversations(queryClient.getQueryData(conversationsQuery.queryKey));
const ids = () => list().map(({ id }) => id);
const find = (id: string) => list().find((conversation) => conversation.id === id);

function show(...pages: Conversation[][]) {
  queryClient.setQueryData(conversationsQuery.queryKey, {
    pages: pages.map((conversations) => ({ conversations, meta })),
    pageParams: pages.map(() => undefined),
  });
}

beforeEach(() => {
  queryClient = new QueryClient();
  show([makeConversation({ id: 'a', lastSeq: 4 }), makeConversation({ id: 'b', lastSeq: 9 })]);
});

describe('a message', () => {
  test('becomes the last one, counts as unread and moves its conversation up', () => {
    const message = makeMessage({ conversationId: 'b', seq: 10, sender: bob });
    applyMessage(queryClient, message, alice.id);
    expect(ids()).toEqual(['b', 'a']);
    expect(find('b')).toMatchObject({
      lastSeq: 10,
      lastMessage: message,
      unreadCount: 1,
      updatedAt: message.createdAt,
    });
  });

  test('of our own leaves nothing unread', () => {
    show([makeConversation({ id: 'a', lastSeq: 4, unreadCount: 3 })]);
    applyMessage(queryClient, makeMessage({ conversationId: 'a', seq: 5, sender: alice }), alice.id);
    expect(find('a')?.unreadCount).toBe(0);
  });

  test.each([8, 9])('that is not newer changes nothing (seq %i)', (seq) => {
    const before = queryClient.getQueryData(conversationsQuery.queryKey);
    applyMessage(queryClient, makeMessage({ conversationId: 'b', seq, sender: bob }), alice.id);
    expect(queryClient.getQueryData(conversationsQuery.queryKey)).toBe(before);
  });

  test('moves a conversation up from a later page without doubling it', () => {
    show([makeConversation({ id: 'a' })], [makeConversation({ id: 'b', lastSeq: 1 })]);
    applyMessage(queryClient, makeMessage({ conversationId: 'b', seq: 2, sender: bob }), alice.id);
    expect(ids()).toEqual(['b', 'a']);
  });

  test('of a conversation that is not in the list is left to the list', () => {
    applyMessage(queryClient, makeMessage({ conversationId: 'x', seq: 1, sender: bob }), alice.id);
    expect(ids()).toEqual(['a', 'b']);
  });
});

describe('a created conversation', () => {
  const { unreadCount: _, lastReadMessageId: __, ...created } = makeConversation({ id: 'c', lastSeq: 7 });

  test('comes on top with everything read', () => {
    applyConversationCreated(queryClient, { conversation: created, rev: 1 });
    expect(ids()).toEqual(['c', 'a', 'b']);
    expect(find('c')?.unreadCount).toBe(0);
  });

  test('that is known keeps what is known', () => {
    show([makeConversation({ id: 'c', lastSeq: 9, unreadCount: 2 })]);
    applyConversationCreated(queryClient, { conversation: created, rev: 1 });
    expect(find('c')).toMatchObject({ lastSeq: 9, unreadCount: 2 });
  });
});

describe('the count of the server', () => {
  const subscription = {
    conversationId: 'b',
    rev: 0,
    lastReadSeq: 5,
    unreadCount: 4,
    reads: [],
    presence: [],
    timestamp: '',
  };

  test('replaces ours', () => {
    applySubscribed(queryClient, { ...subscription, seq: 9 });
    expect(find('b')?.unreadCount).toBe(4);
  });

  test('is too old when one has read on', () => {
    show([makeConversation({ id: 'b', lastSeq: 9, unreadCount: 4 })]);
    applyRead(queryClient, 'b', { seq: 9, messageId: 'm9', unreadCount: 0 });
    applySubscribed(queryClient, { ...subscription, seq: 9 });
    expect(find('b')).toMatchObject({ unreadCount: 0, readSeq: 9 });
  });

  test('is too old when a message came meanwhile', () => {
    applySubscribed(queryClient, { ...subscription, seq: 8 });
    expect(find('b')?.unreadCount).toBe(0);
  });
});

describe('a fresh page', () => {
  const page = (...conversations: Conversation[]) => ({ conversations, meta });

  test('brings new conversations and newer heads to the top, in its order', () => {
    const brought = applyFreshPage(
      queryClient,
      page(makeConversation({ id: 'c', lastSeq: 0 }), makeConversation({ id: 'b', lastSeq: 12 })),
    );
    expect(brought).toBe(true);
    expect(ids()).toEqual(['c', 'b', 'a']);
    expect(find('b')?.lastSeq).toBe(12);
  });

  test('that is older than our events changes nothing', () => {
    expect(applyFreshPage(queryClient, page(makeConversation({ id: 'b', lastSeq: 8 })))).toBe(false);
    expect(find('b')?.lastSeq).toBe(9);
  });

  test('sets right what was counted while we were away, and moves nothing', () => {
    show([makeConversation({ id: 'a' }), makeConversation({ id: 'b', participantCount: 40, lastRev: 2 })]);
    applyFreshPage(queryClient, page(makeConversation({ id: 'b', participantCount: 41, lastRev: 3, unreadCount: 2 })));
    expect(find('b')).toMatchObject({ participantCount: 41, unreadCount: 2 });
    expect(ids()).toEqual(['a', 'b']);
  });

  test('that is older than what was fetched since is left aside', () => {
    show([makeConversation({ id: 'b', title: 'New', lastRev: 3 })]);
    applyFreshPage(queryClient, page(makeConversation({ id: 'b', title: 'Old', lastRev: 2 })));
    expect(find('b')?.title).toBe('New');
  });
});

describe('a person who changed', () => {
  const renamed = { ...bob, displayName: 'Robert Example', avatarUrl: 'https://example.org/bob.png' };
  const names = (conversation: Conversation | undefined) =>
    conversation?.participants.map(({ user }) => user.displayName);

  test('is shown as they are now, in the list and in the conversation', () => {
    const detail = makeConversation({ id: 'a' });
    queryClient.setQueryData(conversationQuery('a').queryKey, detail);
    show([makeConversation({ id: 'a', lastMessage: makeMessage({ sender: bob }) })]);
    applyUserUpdated(queryClient, renamed);
    expect(names(find('a'))).toEqual(['Alice Example', 'Robert Example']);
    expect(find('a')?.participants[1]).toEqual({ user: renamed, role: 'member' });
    expect(find('a')?.lastMessage?.sender).toEqual(renamed);
    expect(names(queryClient.getQueryData(conversationQuery('a').queryKey))).toContain('Robert Example');
  });

  test.each([
    ['is as they were', bob],
    ['is nobody we see', { ...renamed, id: 'somebody else' }],
  ])('and %s changes nothing', (_, user) => {
    const before = find('a');
    applyUserUpdated(queryClient, user);
    expect(find('a')).toBe(before);
  });

  test('while we were away is found on a fresh page', () => {
    const page = {
      conversations: [
        makeConversation({ id: 'a', participants: [{ user: renamed, role: 'member' }] }),
        makeConversation({ id: 'new', participants: [{ user: alice, role: 'owner' }] }),
      ],
      meta,
    };
    expect(changedUsers(queryClient, page)).toEqual([renamed]);
    applyUserUpdated(queryClient, renamed);
    expect(changedUsers(queryClient, page)).toEqual([]);
  });
});

describe('a numbered change', () => {
  const renamed = { kind: 'looks', rev: 4, title: 'Team', avatarUrl: null } as const;

  test('is made in the list and in the conversation, each as far as it does not know better', () => {
    show([makeConversation({ id: 'a', title: 'Old', lastRev: 3 })]);
    queryClient.setQueryData(conversationQuery('a').queryKey, makeConversation({ title: 'Newer', lastRev: 5 }));
    applyChange(queryClient, 'a', renamed);
    expect(find('a')).toMatchObject({ title: 'Team', lastRev: 4 });
    expect(queryClient.getQueryData(conversationQuery('a').queryKey)).toMatchObject({ title: 'Newer', lastRev: 5 });
  });

  test('of a conversation that nobody shows changes nothing', () => {
    const before = list();
    applyChange(queryClient, 'x', renamed);
    expect(list()).toEqual(before);
    expect(queryClient.getQueryData(conversationQuery('x').queryKey)).toBeUndefined();
  });

  test('leaves the order of the list alone', () => {
    applyChange(queryClient, 'b', renamed);
    expect(ids()).toEqual(['a', 'b']);
  });
});

describe('an ending', () => {
  const ending = (id: string) => queryClient.getQueryData(endingQuery(id).queryKey)?.why;

  test('takes the conversation away, and is kept to be explained', () => {
    queryClient.setQueryData(conversationQuery('a').queryKey, makeConversation());
    applyEnding(queryClient, 'a', 'left', 1);
    expect(ids()).toEqual(['b']);
    expect(ending('a')).toBe('left');
    expect(queryClient.getQueryData(conversationQuery('a').queryKey)).toBeUndefined();
  });

  test('that was before one joined again is old news', () => {
    show([makeConversation({ id: 'a', lastRev: 7 })]);
    applyEnding(queryClient, 'a', 'left', 5);
    expect(ids()).toEqual(['a']);
    expect(ending('a')).toBeUndefined();
  });

  test('is not undone by a page that was fetched before it', () => {
    const page = (lastRev: number) => ({ conversations: [makeConversation({ id: 'a', lastSeq: 9, lastRev })], meta });
    applyEnding(queryClient, 'a', 'left', 4);
    expect(applyFreshPage(queryClient, page(4))).toBe(false);
    expect(ids()).toEqual(['b']);
    applyFreshPage(queryClient, page(5));
    expect(ids()).toContain('a');
    expect(ending('a')).toBeUndefined();
  });

  test('is forgotten when one is taken in again', () => {
    applyEnding(queryClient, 'a', 'left', 1);
    const { unreadCount: _, lastReadMessageId: __, ...created } = makeConversation({ id: 'a', lastRev: 2 });
    applyConversationCreated(queryClient, { conversation: created, rev: 2 });
    expect(ids()).toEqual(['a', 'b']);
    expect(ending('a')).toBeUndefined();
  });
});

describe('the order', () => {
  const at = (id: string, hour: number) =>
    makeConversation({ id, lastSeq: 1, updatedAt: new Date(Date.UTC(2026, 2, 18, hour)).toISOString() });

  test('goes by activity, also when replays bring it in another order', () => {
    show([at('a', 5), at('b', 4), at('c', 3)]);
    const message = (conversationId: string, hour: number) =>
      makeMessage({ conversationId, seq: 2, createdAt: new Date(Date.UTC(2026, 2, 18, hour)).toISOString() });
    applyMessage(queryClient, message('c', 8), alice.id);
    applyMessage(queryClient, message('b', 7), alice.id);
    expect(ids()).toEqual(['c', 'b', 'a']);
  });

  test('gives one that was fetched its place', () => {
    show([at('a', 5)], [at('c', 3)]);
    putConversation(queryClient, at('b', 4));
    expect(ids()).toEqual(['a', 'b', 'c']);
    putConversation(queryClient, at('z', 1));
    expect(ids()).toEqual(['a', 'b', 'c', 'z']);
  });

  test('keeps where reading goes on', () => {
    queryClient.setQueryData(conversationsQuery.queryKey, {
      pages: [
        { conversations: [at('a', 5)], meta: { cursor: 'one', hasMore: true } },
        { conversations: [at('b', 4)], meta: { cursor: 'two', hasMore: true } },
      ],
      pageParams: [undefined, 'one'],
    });
    putConversation(queryClient, at('b', 6));
    expect(ids()).toEqual(['b', 'a']);
    expect(queryClient.getQueryData(conversationsQuery.queryKey)?.pages.at(-1)?.meta.cursor).toBe('two');
  });
});
