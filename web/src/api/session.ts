import { forgetPerson, readStored, writeStored } from '@/lib/storage';
import { createStore } from '@/lib/store';
import type { Renewed } from './gen';

const key = 'trice.session';
/** Which session its owner is about to end, and how. */
const leavingKey = 'trice.leaving';
/** How long the news from another tab may take. */
const newsPatience = 1000;

export type Session = {
  userId: string;
  accessToken: string;
  /** When to get the next token, by this browser's clock. */
  renewAt: number;
};

/** How a session came to its end: by its owner, from another device, by age, or with the account. */
const endings = ['left', 'revoked', 'expired', 'deleted'] as const;
export type Ending = (typeof endings)[number];

/** The session of this browser, shared by all its tabs. Null means logged out. */
export const session = createStore<Session | null>(load());

/** How the session that this tab saw last has ended. */
export const lastEnding = createStore<Ending | null>(null);

// Another tab logged in, out, or renewed the token.
window.addEventListener('storage', (event) => {
  if (event.key !== key && event.key !== null) return;
  const ending = readEnding(event.newValue);
  if (ending) lastEnding.set(ending);
  adopt(load());
});

// A page that comes back out of the browser's cache has slept through all that.
window.addEventListener('pageshow', () => adopt(load()));

/** Takes a new access token. Four fifths of its life pass before it is replaced, so that requests rarely meet its end. */
export function saveSession({ accessToken, expiresIn }: Renewed): Session {
  const next = {
    userId: readClaims(accessToken).sub ?? '',
    accessToken,
    renewAt: Date.now() + expiresIn * 800,
  };
  writeStored(key, next);
  adopt(next);
  return next;
}

/**
 * Ends the session in all tabs, and with it all that this browser keeps of its owner. Only after an expired one, what
 * they had not sent yet waits for their return.
 */
export function endSession(ending: Ending): void {
  const userId = session.get()?.userId ?? load()?.userId;
  // Written only for the event that it causes in the other tabs: it tells them how.
  writeStored(key, { ending });
  writeStored(key, null);
  writeStored(leavingKey, null);
  lastEnding.set(ending);
  session.set(null);
  if (userId && ending !== 'expired') forgetPerson(userId);
}

/**
 * Has the server end this session, by its owner's will. Its sockets, in all tabs, may hear of that before `ask` is
 * answered: that it was `ending` is noted first.
 */
export async function leaveSession(ending: Ending, ask: () => Promise<unknown>): Promise<void> {
  const sid = sidOf(session.get());
  writeStored(leavingKey, { sid, ending });
  try {
    await ask();
    // Whoever has logged in meanwhile stays.
    if (sidOf(load()) === sid) endSession(ending);
  } finally {
    writeStored(leavingKey, null);
  }
}

/** The server says that the session of `token` was ended. Whoever has logged in here since has another one. */
export function sessionRevoked(token: string): void {
  const { sid } = readClaims(token);
  if (sid !== undefined && sidOf(load()) === sid) endSession(intended(sid) ?? 'revoked');
  else follow();
}

function intended(sid: string | undefined): Ending | undefined {
  const leaving = readStored(leavingKey);
  return endings.find((ending) => JSON.stringify(leaving) === JSON.stringify({ sid, ending }));
}

/**
 * Follows what is stored, which can be newer than `session`: news from other tabs come a little later. Only they say how
 * a session has ended, so an end is waited for; if no news comes, it has ended all the same.
 */
export function follow(): Session | null {
  const current = load();
  if (current) adopt(current);
  else setTimeout(() => adopt(load()), newsPatience);
  return current;
}

function adopt(next: Session | null): void {
  if (next) lastEnding.set(null);
  const current = session.get();
  if (next?.accessToken !== current?.accessToken || next?.renewAt !== current?.renewAt) session.set(next);
}

/** What is stored now. */
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
    readClaims(value.accessToken).sub === value.userId &&
    'renewAt' in value &&
    typeof value.renewAt === 'number'
  );
}

function readEnding(stored: string | null): Ending | undefined {
  return endings.find((ending) => stored === JSON.stringify({ ending }));
}

function sidOf(of: Session | null): string | undefined {
  return of ? readClaims(of.accessToken).sid : undefined;
}

type Claims = { sub?: string; sid?: string; jti?: string };

/** Reads a token without verifying it: only the server can, and must. What cannot be read claims nothing. */
export function readClaims(token: string): Claims {
  try {
    const payload = token.split('.')[1] ?? '';
    return JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
  } catch {
    return {};
  }
}
