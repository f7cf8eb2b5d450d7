import { backoff } from '@/lib/backoff';
import { withLock } from '@/lib/locks';
import { ApiError } from './errors';
import { type Renewed, refresh } from './gen';
import { endSession, follow, load, readClaims, type Session, saveSession, session, sessionRevoked } from './session';

/** A tab that waits for an answer keeps all others waiting, so it does not wait for ever. */
const patience = 15_000;

const running = new Map<string, Promise<Session>>();
/** The server has asked not to be asked before. */
let notBefore = 0;
session.subscribe(() => {
  notBefore = 0;
});

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
  if (load()?.accessToken !== staleToken) return successor(staleToken);
  if (Date.now() < notBefore) {
    const retryAfter = (notBefore - Date.now()) / 1000;
    throw new ApiError({ code: 'RATE_LIMITED', message: 'Too many renewals.', retryable: true, retryAfter });
  }
  let renewed: Renewed;
  try {
    const { data } = await refresh({
      headers: { 'Idempotency-Key': readClaims(staleToken).jti ?? null },
      signal: AbortSignal.timeout(patience),
      // Not the client's own fetch, which would answer a 401 by renewing.
      fetch: (input, init) => globalThis.fetch(input, init),
    });
    renewed = data;
  } catch (error) {
    if (error instanceof ApiError && load()?.accessToken === staleToken) giveUpOrWait(error, staleToken);
    throw error;
  }
  // Who logged out meanwhile, or in as somebody else, must not be overruled.
  if (load()?.accessToken === staleToken) saveSession(renewed);
  return successor(staleToken);
}

function giveUpOrWait(error: ApiError, staleToken: string): void {
  if (error.code === 'TOKEN_REVOKED') sessionRevoked(staleToken);
  else if (error.status === 401) endSession('expired');
  else if (error.retryAfter) notBefore = Date.now() + error.retryAfter * 1000;
}

/** The session that took the place of the one with `staleToken`. Another person's is none. */
function successor(staleToken: string): Session {
  const current = follow();
  if (current && current.userId === readClaims(staleToken).sub) return current;
  throw new ApiError({ code: 'UNAUTHORIZED', message: 'This session is over.', retryable: false });
}

/** Renews every token before it runs out, until stopped. A failure is tried again; it never logs anybody out. */
export function keepSessionFresh(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempt = 0;

  const renewIn = (wait: number) => {
    clearTimeout(timer);
    const current = session.get();
    if (!current) return;
    timer = setTimeout(() => {
      renewSession(current.accessToken).catch((error: unknown) => {
        const asked = error instanceof ApiError && error.retryAfter;
        renewIn(asked ? asked * 1000 : backoff(attempt++));
      });
    }, wait);
  };
  // Timers stand still while a computer sleeps, and a wait for the line ends with its return.
  const start = () => {
    attempt = 0;
    renewIn(Math.max(0, (session.get()?.renewAt ?? 0) - Date.now()));
  };
  const startWhenSeen = () => {
    if (document.visibilityState === 'visible') start();
  };

  start();
  const unfollow = session.subscribe(start);
  window.addEventListener('online', start);
  document.addEventListener('visibilitychange', startWhenSeen);
  return () => {
    clearTimeout(timer);
    unfollow();
    window.removeEventListener('online', start);
    document.removeEventListener('visibilitychange', startWhenSeen);
  };
}
