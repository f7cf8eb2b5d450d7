import { QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ApiError, type Subscribed } from '@/api';
import { conversationsQuery } from '@/features/conversations';
import { alice, bob, makeConversation } from '@/test/factories';
import { applyCount, applyReads, applyReceipt } from './cache';
import { readersQuery } from './queries';
import { Reading } from './reading';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('what others have read', () => {
  let queryClient: QueryClient;
  const readers = () => queryClient.getQueryData(readersQuery('a').queryKey);
  const receipt = (seq: number, userId = bob.id) => ({
    conversationId: 'a',
    messageId: `m${seq}`,
    seq,
    readBy: { userId, username: 'somebody', readAt: '' },
  });
  const count = (messageId: string, readCount: number) => ({
    conversationId: 'a',
    messageId,
    readCount,
    totalParticipants: 9,
  });

  beforeEach(() => {
    queryClient = new QueryClient();
  });

  test('goes forward only', () => {
    for (const seq of [5, 3]) applyReceipt(queryClient, receipt(seq), alice.id);
    expect(readers()?.upTo).toBe(5);
  });

  test('is not what one read on another device', () => {
    applyReceipt(queryClient, receipt(5, alice.id), alice.id);
    expect(readers()).toBeUndefined();
  });

  test('is made right after an absence', () => {
    applyReceipt(queryClient, receipt(5), alice.id);
    const reads = [
      { userId: alice.id, lastReadSeq: 12, readAt: '' },
      { userId: bob.id, lastReadSeq: 9, readAt: '' },
    ];
    applyReads(queryClient, { conversationId: 'a', reads } as unknown as Subscribed, alice.id);
    expect(readers()?.upTo).toBe(9);
  });

  test('by one of a group is not by the other one', () => {
    const conversations = [makeConversation({ type: 'group' })];
    const page = { conversations, meta: { cursor: null, hasMore: false } };
    queryClient.setQueryData(conversationsQuery.queryKey, { pages: [page], pageParams: [undefined] });
    const reads = [{ userId: bob.id, lastReadSeq: 9, readAt: '' }];
    applyReads(queryClient, { conversationId: 'a', reads } as unknown as Subscribed, alice.id);
    expect(readers()).toBeUndefined();
  });

  test('is counted by the highest number, for each message', () => {
    for (const [id, number] of [['m1', 4] as const, ['m2', 1] as const, ['m1', 3] as const]) {
      applyCount(queryClient, count(id, number));
    }
    expect(readers()?.counts).toEqual({ m1: 4, m2: 1 });
  });

  test('is the very same when there is no news', () => {
    applyCount(queryClient, count('m1', 4));
    const before = readers();
    applyCount(queryClient, count('m1', 4));
    expect(readers()).toBe(before);
  });
});

describe('what one has read', () => {
  const at = (seq: number) => ({ seq, messageId: `m${seq}` });
  function setUp(say: (conversationId: string, messageId: string) => Promise<void> = async () => {}) {
    const said = vi.fn(say);
    return { said, reading: new Reading(said) };
  }

  test('is said once a second, the furthest position of each conversation', async () => {
    const { said, reading } = setUp();
    for (const seq of [1, 3, 2]) reading.moveTo('a', at(seq));
    reading.moveTo('b', at(7));
    await vi.advanceTimersByTimeAsync(990);
    expect(said).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(20);
    expect(said.mock.calls).toEqual([
      ['a', 'm3'],
      ['b', 'm7'],
    ]);
    reading.moveTo('a', at(3));
    await vi.runAllTimersAsync();
    expect(said).toHaveBeenCalledTimes(2);
  });

  test('is said again until the server takes it, and then where one is by then', async () => {
    let up = false;
    const { said, reading } = setUp(async () => {
      if (!up) throw new ApiError({ code: 'NETWORK_ERROR', message: '', retryable: true });
    });
    reading.moveTo('a', at(1));
    await vi.advanceTimersByTimeAsync(1100);
    reading.moveTo('a', at(2));
    up = true;
    await vi.runAllTimersAsync();
    expect(said.mock.calls).toEqual([
      ['a', 'm1'],
      ['a', 'm2'],
    ]);
  });

  test('waits as long as the server asks for', async () => {
    let calls = 0;
    const { said, reading } = setUp(async () => {
      calls += 1;
      if (calls === 1) throw new ApiError({ code: 'RATE_LIMITED', message: '', retryable: true, retryAfter: 20 });
    });
    reading.moveTo('a', at(1));
    await vi.advanceTimersByTimeAsync(20_500);
    expect(said).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1000);
    expect(said).toHaveBeenCalledTimes(2);
  });

  test('is given up when it is refused, and the others are said', async () => {
    const { said, reading } = setUp(async (conversationId) => {
      if (conversationId === 'a') throw new ApiError({ code: 'NOT_IN_CONVERSATION', message: '', retryable: false });
    });
    reading.moveTo('a', at(1));
    reading.moveTo('b', at(1));
    await vi.runAllTimersAsync();
    reading.repeat();
    await vi.runAllTimersAsync();
    expect(said.mock.calls.map(([id]) => id)).toEqual(['a', 'b', 'b']);
  });

  test('is said again on a new line, once for each conversation', async () => {
    const { said, reading } = setUp();
    for (const seq of [1, 2]) {
      reading.moveTo('a', at(seq));
      await vi.advanceTimersByTimeAsync(1100);
    }
    reading.repeat();
    await vi.runAllTimersAsync();
    expect(said.mock.calls.slice(2)).toEqual([['a', 'm2']]);
  });
});
