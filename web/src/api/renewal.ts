import { backoff } from '@/lib/backoff';
import { withLock } from '@/lib/locks';
import { ApiError } from './errors';
import { refresh } from './gen';
import { endSession, load, readClaims, type Session, saveSession, session } from './session';

const running = new Map<string, Promise<Session>>();

/**
 * Replaces `staleToken`, once however many ask: this tab shares one promise, all tabs one lock, and the server knows a
 * repeated rotation by its key. Rejects when it cannot be done now; only a 401 means that the session is over.
 */
export function renewSession(staleToken: string): Promise<Session> {
  const existing = running.get(staleToken);
  if (existing) return existing;
  const renewal = withLock('trice.renewal', () => rotate(staleToken)).finally(() => running.delete(staleToken));
  running.set(staleToken, renewal);
  return renewal;
}

async function rotate(staleToken: string): Promise<Session> {
  const current = load() ?? session.get();
  if (!current) throw new ApiError({ code: 'UNAUTHORIZED', message: 'There is no session.', retryable: false });
  if (current.accessToken !== staleToken) {
    session.set(current);
    return current;
  }
  try {
    const { data } = await refresh({
      headers: { 'Idempotency-Key': readClaims(staleToken).jti },
      // Not the client's own fetch, which would answer a 401 by renewing.
      fetch: (input, init) => globalThis.fetch(input, init),
    });
    return saveSession(data);
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) endSession();
    throw error;
  }
}

/** Renews every token before it runs out, until stopped. A failure is tried again; it never logs anybody out. */
export function keepSessionFresh(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempt = 0;

  const schedule = () => {
    clearTimeout(timer);
    const current = session.get();
    if (!current) return;
    const wait = Math.max(current.renewAt - Date.now(), attempt === 0 ? 0 : backoff(attempt - 1));
    timer = setTimeout(() => {
      renewSession(current.accessToken).then(
        () => {
          attempt = 0;
        },
        () => {
          attempt += 1;
          schedule();
        },
      );
    }, wait);
  };

  schedule();
  const stop = session.subscribe(schedule);
  return () => {
    stop();
    clearTimeout(timer);
  };
}
