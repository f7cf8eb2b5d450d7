import { beforeEach, describe, expect, test } from 'vitest';
import { aliceProfile } from '@/test/factories';
import { answer, fail, ok } from '@/test/server';
import { makeToken } from '@/test/tokens';
import { ApiError, getMe, saveSession, session } from '.';

const first = makeToken(aliceProfile.id, 'first');
const second = makeToken(aliceProfile.id, 'second');

/** The server takes only the second token, and counts what it is asked. */
function serverThatRenews(respond: (request: Request) => Response) {
  const keys: (string | null)[] = [];
  answer('get', '/users/me', (request) =>
    request.headers.get('Authorization') === `Bearer ${second}` ? ok(aliceProfile) : fail(401, 'TOKEN_EXPIRED'),
  );
  answer('post', '/auth/refresh', (request) => {
    keys.push(request.headers.get('Idempotency-Key'));
    return respond(request);
  });
  return keys;
}

beforeEach(() => {
  saveSession({ accessToken: first, expiresIn: 900 });
});

describe('a refused token', () => {
  test('is renewed under its own id, and the request repeated', async () => {
    const keys = serverThatRenews(() => ok({ accessToken: second, expiresIn: 900 }));
    expect((await getMe()).data).toEqual(aliceProfile);
    expect(keys).toEqual(['first']);
    expect(session.get()?.accessToken).toBe(second);
  });

  test('is renewed once, however many requests meet it', async () => {
    const keys = serverThatRenews(() => ok({ accessToken: second, expiresIn: 900 }));
    await Promise.all([getMe(), getMe(), getMe()]);
    expect(keys).toHaveLength(1);
  });

  test('that another tab has renewed already is not renewed again', async () => {
    const keys = serverThatRenews(() => fail(401, 'UNAUTHORIZED'));
    const stored = localStorage.getItem('trice.session')?.replace(first, second);
    localStorage.setItem('trice.session', stored ?? '');
    expect((await getMe()).data).toEqual(aliceProfile);
    expect(keys).toEqual([]);
  });

  test('of a session that is over logs out', async () => {
    serverThatRenews(() => fail(401, 'UNAUTHORIZED'));
    await expect(getMe()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    expect(session.get()).toBeNull();
  });

  test.each([
    ['a server in trouble', () => fail(503, 'DB_ERROR', { retryable: true })],
    ['something in between', () => new Response('<h1>Bad gateway</h1>', { status: 502 })],
    ['no answer at all', () => Response.error()],
  ])('does not log out when the renewal meets %s', async (_, respond) => {
    serverThatRenews(respond);
    await expect(getMe()).rejects.toMatchObject({ retryable: true });
    expect(session.get()?.accessToken).toBe(first);
  });
});

describe('errors', () => {
  test('carry what the server says', async () => {
    answer('get', '/users/me', () => fail(429, 'RATE_LIMITED', { retryable: true, retryAfter: 7 }));
    await expect(getMe()).rejects.toMatchObject({ code: 'RATE_LIMITED', retryable: true, retryAfter: 7, status: 429 });
  });

  test('are ours even when there is no answer', async () => {
    answer('get', '/users/me', () => Response.error());
    const error = await getMe().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ code: 'NETWORK_ERROR', retryable: true });
  });
});
