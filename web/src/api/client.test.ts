import { beforeEach, describe, expect, test, vi } from 'vitest';
import { aliceProfile, bob } from '@/test/factories';
import { answer, fail, ok } from '@/test/server';
import { makeToken } from '@/test/tokens';
import { ApiError, endSession, getMe, lastEnding, login, onlyAs, saveSession, session } from '.';

const first = makeToken(aliceProfile.id, 'first');
const second = makeToken(aliceProfile.id, 'second');
const anotherSession = makeToken(aliceProfile.id, 'third', 'another');
const bobs = makeToken(bob.id, 'bobs', 'of bob');

/** The server takes any token but the first, and counts what it is asked. */
function serverThatRefuses(code: 'TOKEN_EXPIRED' | 'TOKEN_REVOKED', renew: () => Response) {
  const asked = { keys: [] as (string | null)[], tokens: [] as (string | null)[] };
  answer('get', '/users/me', (request) => {
    const token = request.headers.get('Authorization');
    asked.tokens.push(token);
    return token === `Bearer ${first}` ? fail(401, code) : ok(aliceProfile);
  });
  answer('post', '/auth/refresh', (request) => {
    asked.keys.push(request.headers.get('Idempotency-Key'));
    return renew();
  });
  return asked;
}

const renewed = () => ok({ accessToken: second, expiresIn: 900 });

/** Another tab has stored this, and its news are still on their way. */
function storeSilently(accessToken: string | null, userId = aliceProfile.id) {
  if (accessToken === null) localStorage.removeItem('trice.session');
  else localStorage.setItem('trice.session', JSON.stringify({ userId, accessToken, renewAt: Date.now() + 1e6 }));
}

beforeEach(() => {
  saveSession({ accessToken: first, expiresIn: 900 });
});

describe('what was asked for before the app was there', () => {
  const early = { ...aliceProfile, displayName: 'Early' };
  const ask = (token: string, answer: Response | null) => {
    window.askedEarly = { token, answers: new Map([[`${location.origin}/api/v1/users/me`, Promise.resolve(answer)]]) };
  };
  beforeEach(() => answer('get', '/users/me', () => ok(aliceProfile)));

  test('is taken once', async () => {
    ask(first, ok(early));
    expect((await getMe()).data).toEqual(early);
    expect((await getMe()).data).toEqual(aliceProfile);
  });

  test('is asked for again when nothing came', async () => {
    ask(first, null);
    expect((await getMe()).data).toEqual(aliceProfile);
  });

  test('is not taken by somebody else', async () => {
    ask(bobs, ok(early));
    expect((await getMe()).data).toEqual(aliceProfile);
  });

  test('renews a token that it found to have run out', async () => {
    const { keys } = serverThatRefuses('TOKEN_EXPIRED', renewed);
    ask(first, fail(401, 'TOKEN_EXPIRED'));
    expect((await getMe()).data).toEqual(aliceProfile);
    expect(keys).toEqual(['first']);
  });
});

describe('a token that has run out', () => {
  test('is renewed under its own id, and the request repeated', async () => {
    const { keys } = serverThatRefuses('TOKEN_EXPIRED', renewed);
    expect((await getMe()).data).toEqual(aliceProfile);
    expect(keys).toEqual(['first']);
    expect(session.get()?.accessToken).toBe(second);
  });

  test('is renewed once, however many requests meet it', async () => {
    const { keys } = serverThatRefuses('TOKEN_EXPIRED', renewed);
    await Promise.all(Array.from({ length: 20 }, () => getMe()));
    expect(keys).toHaveLength(1);
  });

  test('that another tab has renewed already is not renewed again', async () => {
    const { keys } = serverThatRefuses('TOKEN_EXPIRED', renewed);
    storeSilently(second);
    expect((await getMe()).data).toEqual(aliceProfile);
    expect(keys).toEqual([]);
  });

  test.each([
    ['UNAUTHORIZED', 'expired'],
    ['TOKEN_REVOKED', 'revoked'],
  ] as const)('of a session that is over logs out (%s)', async (code, ending) => {
    serverThatRefuses('TOKEN_EXPIRED', () => fail(401, code));
    await expect(getMe()).rejects.toMatchObject({ code });
    expect(session.get()).toBeNull();
    expect(lastEnding.get()).toBe(ending);
  });

  test.each([
    ['a server in trouble', () => fail(503, 'DB_ERROR', { retryable: true })],
    ['a server with too many requests', () => fail(429, 'RATE_LIMITED', { retryable: true, retryAfter: 20 })],
    ['a refusal that is about something else', () => fail(403, 'FORBIDDEN')],
    ['something in between', () => new Response('<h1>Bad gateway</h1>', { status: 502 })],
    ['no answer at all', () => Response.error()],
  ])('does not log out when the renewal meets %s', async (_, respond) => {
    serverThatRefuses('TOKEN_EXPIRED', respond);
    await expect(getMe()).rejects.toBeInstanceOf(ApiError);
    expect(session.get()?.accessToken).toBe(first);
  });

  test('is not asked for again before the server allows it', async () => {
    const now = vi.spyOn(Date, 'now');
    const { keys } = serverThatRefuses('TOKEN_EXPIRED', () =>
      fail(429, 'RATE_LIMITED', { retryable: true, retryAfter: 20 }),
    );
    await expect(getMe()).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    now.mockReturnValue(Date.now() + 19_000);
    await expect(getMe()).rejects.toMatchObject({ code: 'RATE_LIMITED', retryable: true });
    expect(keys).toHaveLength(1);
    now.mockReturnValue(Date.now() + 2_000);
    await expect(getMe()).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    expect(keys).toHaveLength(2);
  });
});

describe('a renewal never overrules what happened meanwhile', () => {
  test('logging out', async () => {
    serverThatRefuses('TOKEN_EXPIRED', () => {
      storeSilently(null);
      return renewed();
    });
    await expect(getMe()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    await vi.waitFor(() => expect(session.get()).toBeNull(), { timeout: 5000 });
    expect(localStorage.getItem('trice.session')).toBeNull();
  });

  test.each([
    ['renewed', renewed],
    ['refused', () => fail(401, 'UNAUTHORIZED')],
  ])('somebody else logging in (%s)', async (_, respond) => {
    const { tokens } = serverThatRefuses('TOKEN_EXPIRED', () => {
      storeSilently(bobs, bob.id);
      return respond();
    });
    await expect(getMe()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    // What Alice wanted is not done in Bob's name.
    expect(tokens).toEqual([`Bearer ${first}`]);
    expect(JSON.parse(localStorage.getItem('trice.session') ?? '')).toMatchObject({ userId: bob.id });
  });

  test("somebody else's cookie", async () => {
    const { tokens } = serverThatRefuses('TOKEN_EXPIRED', () => ok({ accessToken: bobs, expiresIn: 900 }));
    await expect(getMe()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    expect(tokens).toEqual([`Bearer ${first}`]);
    expect(session.get()?.userId).toBe(bob.id);
  });
});

describe('a token that was revoked', () => {
  test('logs out without asking for another', async () => {
    const { keys } = serverThatRefuses('TOKEN_REVOKED', renewed);
    await expect(getMe()).rejects.toMatchObject({ code: 'TOKEN_REVOKED' });
    expect(session.get()).toBeNull();
    expect(lastEnding.get()).toBe('revoked');
    expect(keys).toEqual([]);
  });

  test('is forgotten when the same person has logged in again', async () => {
    serverThatRefuses('TOKEN_REVOKED', renewed);
    storeSilently(anotherSession);
    expect((await getMe()).data).toEqual(aliceProfile);
    expect(session.get()?.accessToken).toBe(anotherSession);
  });

  test('does not log out whoever is logged in by now', async () => {
    const { tokens } = serverThatRefuses('TOKEN_REVOKED', renewed);
    storeSilently(bobs, bob.id);
    await expect(getMe()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    expect(session.get()?.userId).toBe(bob.id);
    expect(tokens).toEqual([`Bearer ${first}`]);
  });
});

test('a wrong password says nothing about the session of somebody who is logged in', async () => {
  const { keys } = serverThatRefuses('TOKEN_EXPIRED', renewed);
  const tokens: (string | null)[] = [];
  answer('post', '/auth/login', (request) => {
    tokens.push(request.headers.get('Authorization'));
    return fail(401, 'UNAUTHORIZED');
  });
  await expect(login({ body: { email: 'a@example.org', password: 'x' } })).rejects.toMatchObject({ status: 401 });
  expect(tokens).toEqual([null]);
  expect(keys).toEqual([]);
  expect(session.get()?.accessToken).toBe(first);
});

test("what may go out in one person's name only does not go out in another's", async () => {
  const { tokens } = serverThatRefuses('TOKEN_EXPIRED', renewed);
  saveSession({ accessToken: bobs, expiresIn: 900 });
  await expect(getMe(onlyAs(aliceProfile.id))).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  expect(tokens).toEqual([]);
  endSession('left');
  await expect(getMe(onlyAs(aliceProfile.id))).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  saveSession({ accessToken: second, expiresIn: 900 });
  expect((await getMe(onlyAs(aliceProfile.id))).data).toEqual(aliceProfile);
});
