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

const at = (lastSeq: number, lastRev = 0) => ({ lastSeq, lastRev });
const question = (conversationId: string, lastSeq: number, more: object = {}) => ({
  conversationId,
  lastSeq,
  lastRev: 0,
  ...more,
});

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('subscribing', () => {
  test('asks for everything known in one call, with where each stands', async () => {
    const { sync, subscribe } = serverAt(7);
    sync.follow('a', at(5));
    sync.follow('b', at(7));
    sync.connected();
    await vi.runAllTimersAsync();
    expect(subscribe.mock.calls).toEqual([
      [
        {
          conversations: [question('a', 5), question('b', 7)],
        },
      ],
    ]);
  });

  test('tells how things stand after the replay', async () => {
    const { sync, onSubscribed } = serverAt(7);
    sync.connected();
    sync.follow('a', at(5));
    await vi.runAllTimersAsync();
    expect(onSubscribed).toHaveBeenCalledWith(state('a', 7));
  });

  test('asks again after a reconnect, from the newest message in a row', async () => {
    const { sync, subscribe } = serverAt(5);
    sync.connected();
    sync.follow('a', at(5));
    await vi.runAllTimersAsync();
    sync.received('a', 6, 'm6');
    sync.disconnected();
    sync.connected();
    await vi.runAllTimersAsync();
    expect(subscribe).toHaveBeenLastCalledWith({ conversations: [question('a', 6, { lastMessageId: 'm6' })] });
  });

  test('a fresher list does not hide what was missed', async () => {
    const { sync, subscribe } = serverAt(9);
    sync.follow('a', at(5));
    sync.follow('a', at(9));
    sync.connected();
    await vi.runAllTimersAsync();
    expect(subscribe).toHaveBeenCalledWith({ conversations: [question('a', 5)] });
  });

  test('what knows less than the rest has the difference replayed', async () => {
    const { sync, subscribe } = serverAt(9);
    sync.follow('a', at(9));
    sync.connected();
    await vi.runAllTimersAsync();
    sync.shown('a', at(7));
    await vi.runAllTimersAsync();
    expect(subscribe).toHaveBeenLastCalledWith({ conversations: [question('a', 7)] });
  });

  test('waits as long as the server says when it asks too often', async () => {
    const refused: SubscribeAnswer = {
      ok: false,
      error: { code: 'RATE_LIMITED', message: '', retryable: true, retryAfter: 3 },
    };
    const { sync, subscribe } = setUp(async () => refused);
    sync.connected();
    sync.follow('a', at(1));
    await vi.advanceTimersByTimeAsync(2900);
    expect(subscribe).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(subscribe).toHaveBeenCalledTimes(2);
  });

  test('splits more than 500', async () => {
    const { sync, subscribe } = serverAt(0);
    for (let n = 0; n < 501; n += 1) sync.follow(`c${n}`, at(0));
    sync.connected();
    await vi.runAllTimersAsync();
    expect(subscribe.mock.calls.map(([input]) => asked(input).length)).toEqual([500, 1]);
  });
});

describe('holes', () => {
  test('a hole that closes in time costs nothing', async () => {
    const { sync, subscribe } = serverAt(5);
    sync.follow('a', at(5));
    sync.connected();
    await vi.runAllTimersAsync();
    sync.received('a', 7, 'm7');
    sync.received('a', 6, 'm6');
    await vi.runAllTimersAsync();
    expect(subscribe).toHaveBeenCalledTimes(1);
  });

  test('a hole that stays is asked for once, from before it', async () => {
    const { sync, subscribe } = serverAt(8);
    sync.follow('a', at(5));
    sync.connected();
    await vi.advanceTimersByTimeAsync(0);
    sync.received('a', 10, 'm10');
    sync.received('a', 12, 'm12');
    await vi.advanceTimersByTimeAsync(510);
    expect(subscribe).toHaveBeenCalledTimes(2);
    expect(subscribe).toHaveBeenLastCalledWith({ conversations: [question('a', 8)] });
  });
});

describe('changes', () => {
  test('are asked for from the oldest that is shown', async () => {
    const { sync, subscribe } = serverAt(5, { rev: 9 });
    sync.follow('a', at(5, 9));
    sync.connected();
    await vi.runAllTimersAsync();
    sync.shown('a', at(5, 8));
    await vi.runAllTimersAsync();
    expect(subscribe).toHaveBeenLastCalledWith({ conversations: [question('a', 5, { lastRev: 8 })] });
  });

  test('that come live, one after the other, cost nothing', async () => {
    const { sync, subscribe } = serverAt(5);
    sync.follow('a', at(5));
    sync.connected();
    await vi.runAllTimersAsync();
    for (const rev of [1, 2, 3]) sync.changed('a', rev);
    sync.disconnected();
    sync.connected();
    await vi.runAllTimersAsync();
    expect(subscribe.mock.calls.map(([input]) => asked(input)[0]?.lastRev)).toEqual([0, 3]);
  });

  test('that are missing in between are asked for', async () => {
    const { sync, subscribe } = serverAt(5, { rev: 1 });
    sync.follow('a', at(5, 1));
    sync.connected();
    await vi.advanceTimersByTimeAsync(0);
    sync.changed('a', 3);
    await vi.advanceTimersByTimeAsync(490);
    expect(subscribe).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(20);
    expect(subscribe).toHaveBeenLastCalledWith({ conversations: [question('a', 5, { lastRev: 1 })] });
  });

  test('that a replay leaves out are no hole', async () => {
    const { sync, subscribe } = setUp(async () => {
      sync.changed('a', 4);
      sync.changed('a', 7);
      return { ok: true, conversations: [state('a', 5, { rev: 8 })] };
    });
    sync.follow('a', at(5, 1));
    sync.connected();
    await vi.runAllTimersAsync();
    expect(subscribe).toHaveBeenCalledTimes(1);
  });
});

describe('what was asked for a second time', () => {
  test('is not settled by the first answer', async () => {
    const answers: ((answer: SubscribeAnswer) => void)[] = [];
    const { sync, subscribe, onSubscribed } = setUp(() => new Promise((resolve) => answers.push(resolve)));
    sync.follow('a', at(9));
    sync.connected();
    await vi.advanceTimersByTimeAsync(0);
    sync.shown('a', at(7));
    await vi.advanceTimersByTimeAsync(0);
    answers[0]?.({ ok: true, conversations: [state('a', 9)] });
    await vi.advanceTimersByTimeAsync(0);
    expect(onSubscribed).not.toHaveBeenCalled();
    answers[1]?.({ ok: true, conversations: [state('a', 9)] });
    await vi.advanceTimersByTimeAsync(0);
    expect(onSubscribed).toHaveBeenCalledTimes(1);
    expect(subscribe).toHaveBeenCalledTimes(2);
  });

  test('on another connection is not settled by an answer of the last one', async () => {
    const answers: ((answer: SubscribeAnswer) => void)[] = [];
    const { sync, onSubscribed } = setUp(() => new Promise((resolve) => answers.push(resolve)));
    sync.follow('a', at(9));
    sync.connected();
    await vi.advanceTimersByTimeAsync(0);
    sync.disconnected();
    sync.connected();
    await vi.advanceTimersByTimeAsync(0);
    answers[0]?.({ ok: true, conversations: [state('a', 9)] });
    await vi.advanceTimersByTimeAsync(0);
    expect(onSubscribed).not.toHaveBeenCalled();
  });
});

describe('answers', () => {
  test('a replay in parts goes on from where it came to', async () => {
    let call = 0;
    const { sync, subscribe, onReset, onSubscribed } = setUp(async () => {
      call += 1;
      if (call > 1) return { ok: true, conversations: [state('a', 8, { rev: 9 })] };
      sync.changed('a', 4);
      sync.changed('a', 6);
      for (const seq of [6, 7]) sync.received('a', seq, `m${seq}`);
      return { ok: true, conversations: [state('a', 8, { rev: 9, truncated: true })] };
    });
    sync.follow('a', at(5));
    sync.connected();
    await vi.runAllTimersAsync();
    expect(subscribe).toHaveBeenLastCalledWith({
      conversations: [question('a', 7, { lastRev: 6, lastMessageId: 'm7' })],
    });
    expect(subscribe).toHaveBeenCalledTimes(2);
    expect(onReset).not.toHaveBeenCalled();
    expect(onSubscribed).toHaveBeenCalledTimes(1);
  });

  test('a live change is not taken for the end of a replay that has not begun', async () => {
    let call = 0;
    const { sync, subscribe, onSubscribed } = setUp(async () => {
      call += 1;
      if (call > 1) return { ok: true, conversations: [state('a', 5, { rev: 600 }), state('b', 5, { rev: 31 })] };
      sync.changed('b', 31);
      sync.changed('a', 500);
      return {
        ok: true,
        conversations: [state('a', 5, { rev: 600, truncated: true }), state('b', 5, { rev: 31, truncated: true })],
      };
    });
    sync.follow('a', at(5));
    sync.follow('b', at(5, 10));
    sync.connected();
    await vi.runAllTimersAsync();
    expect(subscribe).toHaveBeenLastCalledWith({
      conversations: [question('a', 5, { lastRev: 500 }), question('b', 5, { lastRev: 10 })],
    });
    expect(subscribe).toHaveBeenCalledTimes(2);
    expect(onSubscribed).toHaveBeenCalledTimes(2);
  });

  test.each([
    [{ reset: true }, 900],
    [{ truncated: true, rev: 1001 }, 5],
    [{ truncated: true }, 1006],
  ])('%j has the conversation fetched again (head at %i)', async (more, head) => {
    const { sync, onReset, subscribe } = serverAt(head, more);
    sync.follow('a', at(5));
    sync.connected();
    await vi.runAllTimersAsync();
    expect(onReset).toHaveBeenCalledWith('a');
    expect(subscribe).toHaveBeenCalledTimes(1);
  });

  test('a refusal means that we are no member any more', async () => {
    const error = { code: 'NOT_IN_CONVERSATION', message: '', retryable: false } as const;
    const { sync, onGone, subscribe } = setUp(async () => ({
      ok: true,
      conversations: [{ conversationId: 'a', error }],
    }));
    sync.follow('a', at(5));
    sync.connected();
    await vi.runAllTimersAsync();
    expect(onGone).toHaveBeenCalledWith('a');
    sync.connected();
    await vi.runAllTimersAsync();
    expect(subscribe).toHaveBeenCalledTimes(1);
  });
});
