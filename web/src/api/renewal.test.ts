import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { alice } from '@/test/factories';
import { answer, fail, ok } from '@/test/server';
import { makeToken } from '@/test/tokens';
import { keepSessionFresh, saveSession, session } from '.';

let stop: () => void;
let asked: number;

/** The server renews with `answers`, one after the other, and then with new tokens. */
function serverThatAnswers(...answers: (() => Response)[]) {
  asked = 0;
  answer('post', '/auth/refresh', () => {
    asked += 1;
    const next = answers.shift();
    return next ? next() : ok({ accessToken: makeToken(alice.id, `token ${asked}`), expiresIn: 900 });
  });
}

/** Lets so much time pass, and what is under way come to its end. */
async function pass(seconds: number) {
  await vi.advanceTimersByTimeAsync(seconds * 1000);
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  vi.spyOn(Math, 'random').mockReturnValue(0);
  saveSession({ accessToken: makeToken(alice.id), expiresIn: 900 });
});
afterEach(() => {
  stop();
  vi.useRealTimers();
});

describe('a session in use', () => {
  test('gets a new token after four fifths of the old one’s life, again and again', async () => {
    serverThatAnswers();
    stop = keepSessionFresh();
    await pass(719);
    expect(asked).toBe(0);
    await pass(2);
    expect(asked).toBe(1);
    await pass(721);
    expect(asked).toBe(2);
  });

  test('whose computer was asleep gets one at once', async () => {
    serverThatAnswers();
    saveSession({ accessToken: makeToken(alice.id), expiresIn: -100 });
    stop = keepSessionFresh();
    await pass(0);
    expect(asked).toBe(1);
  });

  test('waits longer and longer for a server in trouble, and stays', async () => {
    const trouble = () => fail(503, 'SERVICE_UNAVAILABLE', { retryable: true });
    serverThatAnswers(trouble, trouble, () => Response.error());
    stop = keepSessionFresh();
    await pass(720);
    expect(asked).toBe(1);
    await pass(1);
    expect(asked).toBe(2);
    await pass(1);
    expect(asked).toBe(2);
    await pass(1);
    expect(asked).toBe(3);
    expect(session.get()).not.toBeNull();
    await pass(4);
    expect(asked).toBe(4);
    expect(session.get()?.accessToken).toBe(makeToken(alice.id, 'token 4'));
  });

  test('waits as long as it is told', async () => {
    serverThatAnswers(() => fail(429, 'RATE_LIMITED', { retryable: true, retryAfter: 30 }));
    stop = keepSessionFresh();
    await pass(721);
    await pass(28);
    expect(asked).toBe(1);
    await pass(3);
    expect(asked).toBe(2);
  });

  test('does not wait any longer when the line is back', async () => {
    serverThatAnswers(...Array(5).fill(() => Response.error()));
    stop = keepSessionFresh();
    for (const seconds of [721, 1, 2, 4, 8]) await pass(seconds);
    expect(asked).toBe(5);
    window.dispatchEvent(new Event('online'));
    await pass(0);
    expect(asked).toBe(6);
    expect(session.get()?.accessToken).toBe(makeToken(alice.id, 'token 6'));
  });

  test('is left alone once stopped', async () => {
    serverThatAnswers();
    stop = keepSessionFresh();
    stop();
    await pass(10_000);
    expect(asked).toBe(0);
  });
});
