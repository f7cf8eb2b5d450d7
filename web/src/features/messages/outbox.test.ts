import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ApiError, type ErrorCode, type Message } from '@/api';
import { alice, makeMessage } from '@/test/factories';
import { Outbox, type OutboxEntry } from './outbox';

const stops: (() => void)[] = [];

function refuse(code: ErrorCode, more: { retryable?: boolean; retryAfter?: number } = {}) {
  return new ApiError({ code, message: '', retryable: false, ...more });
}

/** An outbox whose server does what `answers` say, one after the other, and then stores everything. */
function open(...answers: ('store' | 'never' | ApiError)[]) {
  const stored: string[] = [];
  const onSent = vi.fn<(message: Message) => void>();
  const send = vi.fn(async (entry: OutboxEntry) => {
    const next = answers.shift() ?? 'store';
    if (next === 'never') await new Promise(() => undefined);
    if (next instanceof ApiError) throw next;
    stored.push(entry.content);
    return makeMessage({ ...entry, seq: stored.length, sender: alice });
  });
  const outbox = new Outbox({ userId: alice.id, send, onSent });
  stops.push(outbox.start());
  return { outbox, send, onSent, stored, waiting: () => outbox.get().map(({ content }) => content) };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
  vi.useRealTimers();
});

describe('sending', () => {
  test('an entry is there at once and gone once stored', async () => {
    const { outbox, waiting, onSent } = open();
    outbox.add('a', 'hello');
    expect(waiting()).toEqual(['hello']);
    await vi.runAllTimersAsync();
    expect(waiting()).toEqual([]);
    expect(onSent).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ content: 'hello' }));
  });

  test('the stored message is shown before the entry goes', async () => {
    const { outbox, onSent, waiting } = open();
    onSent.mockImplementation(() => expect(waiting()).toEqual(['hello']));
    outbox.add('a', 'hello');
    await vi.runAllTimersAsync();
    expect(onSent).toHaveBeenCalled();
  });

  test('keeps the order within a conversation, even over a retry', async () => {
    const { outbox, stored } = open(refuse('DB_ERROR', { retryable: true }));
    for (const text of ['one', 'two', 'three']) outbox.add('a', text);
    await vi.runAllTimersAsync();
    expect(stored).toEqual(['one', 'two', 'three']);
  });

  test('a conversation does not wait for another one', async () => {
    const { outbox, stored } = open('never');
    outbox.add('a', 'stuck');
    outbox.add('b', 'free');
    await vi.runAllTimersAsync();
    expect(stored).toEqual(['free']);
  });
});

describe('trouble', () => {
  test('is retried under the same client id', async () => {
    const { outbox, send } = open(refuse('SERVICE_UNAVAILABLE', { retryable: true }));
    outbox.add('a', 'hello');
    await vi.runAllTimersAsync();
    const ids = send.mock.calls.map(([entry]) => entry.clientMessageId);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  test('a rate limit is waited out and is no failure', async () => {
    const { outbox, send, waiting } = open(refuse('RATE_LIMITED', { retryable: true, retryAfter: 4 }));
    outbox.add('a', 'hello');
    await vi.advanceTimersByTimeAsync(1000);
    // The line coming back must not make us ask sooner than we were told.
    outbox.wake();
    await vi.advanceTimersByTimeAsync(2900);
    expect(send).toHaveBeenCalledTimes(1);
    expect(outbox.get()[0]?.failure).toBeNull();
    await vi.advanceTimersByTimeAsync(200);
    expect(waiting()).toEqual([]);
  });

  test('the line coming back ends the wait', async () => {
    // The longest waits that there can be: the sixth lasts from second 31 to second 61.
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const { outbox, waiting } = open(...Array(6).fill(refuse('SERVICE_UNAVAILABLE', { retryable: true })));
    outbox.add('a', 'hello');
    await vi.advanceTimersByTimeAsync(40_000);
    expect(waiting()).toEqual(['hello']);
    outbox.wake();
    await vi.advanceTimersByTimeAsync(0);
    expect(waiting()).toEqual([]);
  });

  test.each(['UNAUTHORIZED', 'TOKEN_REVOKED'] as const)(
    '%s is about the author, so the message waits',
    async (code) => {
      const { outbox, waiting } = open(refuse(code), refuse(code));
      outbox.add('a', 'hello');
      await vi.advanceTimersByTimeAsync(400);
      expect(outbox.get()).toMatchObject([{ content: 'hello', failure: null }]);
      await vi.runAllTimersAsync();
      expect(waiting()).toEqual([]);
    },
  );

  test('a refusal keeps the text, says why, and what was written after it waits', async () => {
    const { outbox, stored } = open(refuse('FORBIDDEN'));
    outbox.add('a', 'bad');
    outbox.add('a', 'good');
    outbox.add('b', 'elsewhere');
    await vi.runAllTimersAsync();
    expect(outbox.get()).toMatchObject([
      { content: 'bad', failure: 'FORBIDDEN' },
      { content: 'good', failure: null },
    ]);
    expect(stored).toEqual(['elsewhere']);
  });

  test('a refused message is sent again in its old place', async () => {
    const { outbox, stored, waiting } = open(refuse('FORBIDDEN'));
    outbox.add('a', 'again');
    outbox.add('a', 'after');
    await vi.runAllTimersAsync();
    outbox.retry(outbox.get()[0]?.clientMessageId ?? '');
    await vi.runAllTimersAsync();
    expect(stored).toEqual(['again', 'after']);
    expect(waiting()).toEqual([]);
  });

  test('a refused message that is given up lets the others go on', async () => {
    const { outbox, stored } = open(refuse('FORBIDDEN'));
    outbox.add('a', 'never');
    outbox.add('a', 'after');
    await vi.runAllTimersAsync();
    outbox.remove(outbox.get()[0]?.clientMessageId ?? '');
    await vi.runAllTimersAsync();
    expect(stored).toEqual(['after']);
  });
});

describe('a reload', () => {
  test('goes on with what was not sent', async () => {
    const before = open('never');
    before.outbox.add('a', 'hello');
    await vi.runAllTimersAsync();
    for (const stop of stops.splice(0)) stop();

    const { stored, send } = open();
    await vi.runAllTimersAsync();
    expect(stored).toEqual(['hello']);
    expect(send.mock.calls[0]?.[0].clientMessageId).toBe(before.send.mock.calls[0]?.[0].clientMessageId);
  });

  test('survives what it cannot read', () => {
    localStorage.setItem(`trice.outbox.${alice.id}`, '[{"content": 5}, null]');
    expect(open().waiting()).toEqual([]);
  });

  test("does not send another person's messages", async () => {
    localStorage.setItem('trice.outbox.somebody-else', JSON.stringify([{ clientMessageId: 'x' }]));
    const { send } = open();
    await vi.runAllTimersAsync();
    expect(send).not.toHaveBeenCalled();
  });
});
