import { QueryClient } from '@tanstack/react-query';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Message } from '@/api';
import { alice, bob, makeMessage } from '@/test/factories';
import { answer, ok } from '@/test/server';
import {
  applyLastRead,
  applyMessage,
  applyMessageDeleted,
  applyUserUpdated,
  forgetUnless,
  reloadMessages,
  showHistory,
} from './cache';
import { lastReadQuery, liveMessagesQuery, messagesQuery, quotedQuery } from './queries';

const history = messagesQuery('a').queryKey;
const live = liveMessagesQuery('a').queryKey;
let queryClient: QueryClient;

const page = (seq: number, messages: Message[]) => ({
  messages: messages.map((message) => ({ ...message, readCount: 0 })),
  meta: { cursor: null, hasMore: false, seq, rev: 0 },
});
const liveSeqs = () => queryClient.getQueryData(live)?.map(({ seq }) => seq);

beforeEach(() => {
  queryClient = new QueryClient();
});

describe('a message', () => {
  test('is kept once, however often it comes', () => {
    queryClient.setQueryData(history, { pages: [page(1, [makeMessage({ seq: 1 })])], pageParams: ['newest'] });
    for (const seq of [2, 3, 2]) applyMessage(queryClient, makeMessage({ seq }));
    expect(liveSeqs()).toEqual([2, 3]);
  });

  test('that comes while history is still on its way is not lost', async () => {
    answer('get', '/conversations/a/messages', () => ok(page(1, [makeMessage({ seq: 1 })])));
    const fetching = queryClient.fetchInfiniteQuery(messagesQuery('a'));
    applyMessage(queryClient, makeMessage({ seq: 2 }));
    await fetching;
    expect(liveSeqs()).toEqual([2]);
  });

  test('in a newer state takes the place of the old one, but not the other way round', () => {
    queryClient.setQueryData(history, { pages: [], pageParams: [] });
    const deleted = makeMessage({ seq: 2, rev: 7, content: '', deletedAt: '2026-03-18T10:00:00.000Z' });
    for (const message of [makeMessage({ seq: 2 }), deleted, makeMessage({ seq: 2 })]) {
      applyMessage(queryClient, message);
    }
    expect(queryClient.getQueryData(live)).toEqual([deleted]);
  });

  test('of a conversation that was never opened is left to its history', () => {
    applyMessage(queryClient, makeMessage({ seq: 2 }));
    expect(liveSeqs()).toBeUndefined();
  });
});

describe('a deleted message', () => {
  const event = { conversationId: 'a', messageId: 'm1', deletedAt: '2026-03-18T10:00:00.000Z' };
  const quoted = quotedQuery('a', 'm1').queryKey;
  const shown = () => queryClient.getQueryData(history)?.pages[0]?.messages[0];

  beforeEach(() => {
    queryClient.setQueryData(history, { pages: [page(1, [makeMessage({ seq: 1 })])], pageParams: ['newest'] });
    queryClient.setQueryData(live, [makeMessage({ seq: 1 }), makeMessage({ seq: 2 })]);
    queryClient.setQueryData(quoted, [makeMessage({ seq: 1 })]);
  });

  test('is a tombstone wherever it is shown, and the others stay', () => {
    applyMessageDeleted(queryClient, { ...event, rev: 4 });
    const tombstone = { content: '', deletedAt: event.deletedAt, rev: 4 };
    expect(shown()).toMatchObject(tombstone);
    expect(queryClient.getQueryData(live)).toMatchObject([tombstone, { content: 'Message 2' }]);
    expect(queryClient.getQueryData(quoted)).toMatchObject([tombstone]);
  });

  test('told again changes nothing', () => {
    applyMessageDeleted(queryClient, { ...event, rev: 4 });
    const before = queryClient.getQueryData(history);
    applyMessageDeleted(queryClient, { ...event, rev: 4, deletedAt: '2026-03-18T11:00:00.000Z' });
    applyMessageDeleted(queryClient, { ...event, rev: null });
    expect(queryClient.getQueryData(history)).toBe(before);
  });

  test('by ourselves takes its number when that is told', () => {
    applyMessageDeleted(queryClient, { ...event, rev: null });
    expect(shown()).toMatchObject({ content: '', rev: null });
    applyMessageDeleted(queryClient, { ...event, rev: 4 });
    expect(shown()).toMatchObject({ content: '', rev: 4 });
  });
});

describe('how far I have read', () => {
  test('only grows', () => {
    for (const seq of [5, 3]) applyLastRead(queryClient, 'a', seq);
    expect(queryClient.getQueryData(lastReadQuery('a').queryKey)).toBe(5);
  });
});

describe('opening', () => {
  const pagesUpTo = (seq: number, head: number) => ({
    pages: [page(head, [makeMessage({ seq }), makeMessage({ seq: seq - 1 })])],
    pageParams: ['newest' as const],
  });
  const isKept = () => queryClient.getQueryData(history) !== undefined;

  test.each([
    ['its end, which is loaded', 9, 9, null, true],
    ['its end, which is not loaded', 9, 30, null, false],
    ['a message that is loaded', 9, 30, 8, true],
    ['a message that is not loaded', 9, 30, 4, false],
  ])('at %s', (_, seq, head, at, kept) => {
    queryClient.setQueryData(history, pagesUpTo(seq, head));
    forgetUnless(queryClient, 'a', at);
    expect(isKept()).toBe(kept);
  });

  test('another part of the history keeps what came live', async () => {
    queryClient.setQueryData(history, pagesUpTo(30, 30));
    queryClient.setQueryData(live, [makeMessage({ seq: 31 })]);
    answer('get', '/conversations/a/messages', (request) => {
      expect(new URL(request.url).searchParams.get('after')).toBe('3');
      return ok(page(31, [makeMessage({ seq: 4 }), makeMessage({ seq: 5 })]));
    });
    await showHistory(queryClient, 'a', { after: 3, limit: 2 });
    expect(queryClient.getQueryData(history)?.pages[0]?.messages.map(({ seq }) => seq)).toEqual([5, 4]);
    expect(liveSeqs()).toEqual([31]);
  });
});

describe('a person who changed', () => {
  const messages = [makeMessage({ seq: 1, sender: alice }), makeMessage({ seq: 2, sender: bob })];
  const senders = (known: Message[] | undefined) => known?.map(({ sender }) => sender.displayName);

  beforeEach(() => {
    queryClient.setQueryData(history, { pages: [page(2, messages)], pageParams: ['newest'] });
    queryClient.setQueryData(live, [makeMessage({ seq: 3, sender: bob })]);
  });

  test('is shown as they are now above what they wrote', () => {
    applyUserUpdated(queryClient, { ...bob, displayName: 'Deleted account' });
    expect(senders(queryClient.getQueryData(history)?.pages[0]?.messages)).toEqual([
      'Alice Example',
      'Deleted account',
    ]);
    expect(senders(queryClient.getQueryData(live))).toEqual(['Deleted account']);
  });

  test('and wrote nothing here has nothing drawn again', () => {
    const before = [queryClient.getQueryData(history), queryClient.getQueryData(live)];
    applyUserUpdated(queryClient, { ...bob, id: 'somebody else' });
    expect([queryClient.getQueryData(history), queryClient.getQueryData(live)]).toEqual(before);
    expect(queryClient.getQueryData(history)).toBe(before[0]);
  });
});

describe('fetching again', () => {
  test('replaces all history by its newest page, and keeps what came after it', async () => {
    answer('get', '/conversations/a/messages', () => ok(page(900, [makeMessage({ seq: 900 })])));
    const old = [page(2, [makeMessage({ seq: 2 })]), page(2, [makeMessage({ seq: 1 })])];
    queryClient.setQueryData(history, { pages: old, pageParams: ['newest', { after: 0, limit: 1 }] });
    queryClient.setQueryData(live, [makeMessage({ seq: 3 }), makeMessage({ seq: 901 })]);
    await reloadMessages(queryClient, 'a');
    expect(queryClient.getQueryData(history)?.pages).toEqual([page(900, [makeMessage({ seq: 900 })])]);
    expect(liveSeqs()).toEqual([901]);
  });

  test('of a conversation that was never opened asks nobody', async () => {
    await reloadMessages(queryClient, 'a');
    expect(queryClient.getQueryData(history)).toBeUndefined();
  });
});
