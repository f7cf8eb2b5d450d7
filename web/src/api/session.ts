import { readStored, writeStored } from '@/lib/storage';
import { createStore } from '@/lib/store';
import type { Renewed } from './gen';

const key = 'trice.session';

export type Session = {
  userId: string;
  accessToken: string;
  /** When to get the next token, by this browser's clock. */
  renewAt: number;
};

/** The session of this browser, shared by all its tabs. Null means logged out. */
export const session = createStore<Session | null>(load());

// Another tab logged in, out, or renewed the token.
window.addEventListener('storage', (event) => {
  if (event.key === key || event.key === null) session.set(load());
});

/** Takes a new access token. Four fifths of its life pass before it is replaced, so that requests rarely meet its end. */
export function saveSession({ accessToken, expiresIn }: Renewed): Session {
  const next = {
    userId: readClaims(accessToken).sub,
    accessToken,
    renewAt: Date.now() + expiresIn * 800,
  };
  writeStored(key, next);
  session.set(next);
  return next;
}

export function endSession(): void {
  writeStored(key, null);
  session.set(null);
}

/** What is stored now: it can be newer than `session`, whose news from other tabs come a little later. */
export function load(): Session | null {
  const stored = readStored(key);
  return isSession(stored) ? stored : null;
}

function isSession(value: unknown): value is Session {
  return (
    typeof value === 'object' &&
    value !== null &&
    'userId' in value &&
    typeof value.userId === 'string' &&
    'accessToken' in value &&
    typeof value.accessToken === 'string' &&
    'renewAt' in value &&
    typeof value.renewAt === 'number'
  );
}

/** Reads a token without verifying it: only the server can, and must. */
export function readClaims(token: string): { sub: string; jti: string } {
  const payload = token.split('.')[1] ?? '';
  return JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
}
