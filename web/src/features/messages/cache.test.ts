import { QueryClient } from '@tanstack/react-query';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Message } from '@/api';
import { alice, bob, makeMessage } from '@/test/factories';
import { answer, ok } from '@/test/server';
import { applyMessage, applyUserUpdated, reloadMessages } from './cache';
import { liveMessagesQuery, messagesQuery } from './queries';

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
    queryClient.setQueryData(history, { pages: [page(1, [makeMessage({ seq: 1 })])], pageParams: [undefined] });
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

  test('of a conversation that was never opened is left to its history', () => {
    applyMessage(queryClient, makeMessage({ seq: 2 }));
    expect(liveSeqs()).toBeUndefined();
  });
});

describe('a person who changed', () => {
  const messages = [makeMessage({ seq: 1, sender: alice }), makeMessage({ seq: 2, sender: bob })];
  const senders = (known: Message[] | undefined) => known?.map(({ sender }) => sender.displayName);

  beforeEach(() => {
    queryClient.setQueryData(history, { pages: [page(2, messages)], pageParams: [undefined] });
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
    queryClient.setQueryData(history, { pages: old, pageParams: [undefined, 'x'] });
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
