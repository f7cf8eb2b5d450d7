import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Subscribed, SubscribeInput } from '@/api';
import type { SubscribeAnswer } from './events';
import { Sync } from './sync';

const state = (conversationId: string, seq: number, more: Partial<Subscribed> = {}): Subscribed => ({
  conversationId,
  seq,
  rev: 0,
  lastReadSeq: 0,
  unreadCount: 0,
  reads: [],
  presence: [],
  timestamp: '2026-03-18T10:00:00.000Z',
  ...more,
});

function setUp(answer: (input: SubscribeInput) => Promise<SubscribeAnswer>) {
  const options = { subscribe: vi.fn(answer), onSubscribed: vi.fn(), onReset: vi.fn(), onGone: vi.fn() };
  return { ...options, sync: new Sync(options) };
}

/** Answers like a server whose conversations all stand at `seq`. */
const serverAt = (seq: number, more: Partial<Subscribed> = {}) =>
  setUp(async (input) => ({
    ok: true,
    conversations: asked(input).map(({ conversationId }) => state(conversationId, seq, more)),
  }));

const asked = (input: SubscribeInput) => ('conversations' in input ? input.conversations : [input]);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('subscribing', () => {
  test('asks for everything known in one call, with where each stands', async () => {
    const { sync, subscribe } = serverAt(7);
    sync.track('a', 5);
    sync.track('b', 7);
    sync.connected();
    await vi.runAllTimersAsync();
    expect(subscribe.mock.calls).toEqual([
      [
        {
          conversations: [
            { conversationId: 'a', lastSeq: 5 },
            { conversationId: 'b', lastSeq: 7 },
          ],
        },
      ],
    ]);
  });

  test('tells how things stand after the replay', async () => {
    const { sync, onSubscribed } = serverAt(7);
    sync.connected();
    sync.track('a', 5);
    await vi.runAllTimersAsync();
    expect(onSubscribed).toHaveBeenCalledWith(state('a', 7));
  });

  test('asks again after a reconnect, from the newest message in a row', async () => {
    const { sync, subscribe } = serverAt(5);
    sync.connected();
    sync.track('a', 5);
    await vi.runAllTimersAsync();
    sync.received('a', 6);
    sync.disconnected();
    sync.connected();
    await vi.runAllTimersAsync();
    expect(subscribe).toHaveBeenLastCalledWith({ conversations: [{ conversationId: 'a', lastSeq: 6 }] });
  });

  test('a fresher list does not hide what was missed', async () => {
    const { sync, subscribe } = serverAt(9);
    sync.track('a', 5);
    sync.track('a', 9);
    sync.connected();
    await vi.runAllTimersAsync();
    expect(subscribe).toHaveBeenCalledWith({ conversations: [{ conversationId: 'a', lastSeq: 5 }] });
  });

  test('what knows less than the rest has the difference replayed', async () => {
    const { sync, subscribe } = serverAt(9);
    sync.track('a', 9);
    sync.connected();
    await vi.runAllTimersAsync();
    sync.track('a', 7);
    await vi.runAllTimersAsync();
    expect(subscribe).toHaveBeenLastCalledWith({ conversations: [{ conversationId: 'a', lastSeq: 7 }] });
  });

  test('waits as long as the server says when it asks too often', async () => {
    const refused: SubscribeAnswer = {
      ok: false,
      error: { code: 'RATE_LIMITED', message: '', retryable: true, retryAfter: 3 },
    };
    const { sync, subscribe } = setUp(async () => refused);
    sync.connected();
    sync.track('a', 1);
    await vi.advanceTimersByTimeAsync(2900);
    expect(subscribe).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(subscribe).toHaveBeenCalledTimes(2);
  });

  test('splits more than 500', async () => {
    const { sync, subscribe } = serverAt(0);
    for (let n = 0; n < 501; n += 1) sync.track(`c${n}`, 0);
    sync.connected();
    await vi.runAllTimersAsync();
    expect(subscribe.mock.calls.map(([input]) => asked(input).length)).toEqual([500, 1]);
  });
});

describe('holes', () => {
  test('a hole that closes in time costs nothing', async () => {
    const { sync, subscribe } = serverAt(5);
    sync.track('a', 5);
    sync.connected();
    await vi.runAllTimersAsync();
    sync.received('a', 7);
    sync.received('a', 6);
    await vi.runAllTimersAsync();
    expect(subscribe).toHaveBeenCalledTimes(1);
  });

  test('a hole that stays is asked for once, from before it', async () => {
    const { sync, subscribe } = serverAt(8);
    sync.track('a', 5);
    sync.connected();
    await vi.advanceTimersByTimeAsync(0);
    sync.received('a', 10);
    sync.received('a', 12);
    await vi.advanceTimersByTimeAsync(510);
    expect(subscribe).toHaveBeenCalledTimes(2);
    expect(subscribe).toHaveBeenLastCalledWith({ conversations: [{ conversationId: 'a', lastSeq: 8 }] });
  });
});

describe('answers', () => {
  test.each([{ truncated: true }, { reset: true }])('%j has the conversation fetched again', async (more) => {
    const { sync, onReset } = serverAt(900, more);
    sync.track('a', 5);
    sync.connected();
    await vi.runAllTimersAsync();
    expect(onReset).toHaveBeenCalledWith('a');
  });

  test('a refusal means that we are no member any more', async () => {
    const error = { code: 'NOT_IN_CONVERSATION', message: '', retryable: false } as const;
    const { sync, onGone, subscribe } = setUp(async () => ({
      ok: true,
      conversations: [{ conversationId: 'a', error }],
    }));
    sync.track('a', 5);
    sync.connected();
    await vi.runAllTimersAsync();
    expect(onGone).toHaveBeenCalledWith('a');
    sync.connected();
    await vi.runAllTimersAsync();
    expect(subscribe).toHaveBeenCalledTimes(1);
  });
});
