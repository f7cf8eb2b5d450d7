import { beforeEach, describe, expect, test, vi } from 'vitest';
import { alice, bob } from '@/test/factories';
import { storeInOtherTab } from '@/test/otherTab';
import { makeToken } from '@/test/tokens';
import { endSession, lastEnding, leaveSession, type Session, saveSession, session, sessionRevoked } from '.';
import { readClaims } from './session';

const token = makeToken(alice.id);
const stored = (userId: string, accessToken = makeToken(userId)): Session => ({ userId, accessToken, renewAt: 1 });

beforeEach(() => {
  saveSession({ accessToken: token, expiresIn: 900 });
});

describe('another tab', () => {
  test('that renews the token renews it here', () => {
    const next = makeToken(alice.id, 'second');
    storeInOtherTab('trice.session', stored(alice.id, next));
    expect(session.get()?.accessToken).toBe(next);
  });

  test('that logs out logs out here', () => {
    storeInOtherTab('trice.session', null);
    expect(session.get()).toBeNull();
  });

  test.each(['left', 'revoked', 'expired', 'deleted'])('says how it ended (%s)', (ending) => {
    storeInOtherTab('trice.session', { ending });
    storeInOtherTab('trice.session', null);
    expect(session.get()).toBeNull();
    expect(lastEnding.get()).toBe(ending);
  });

  test('that logs in as somebody else does so here, and nobody asks any more how it ended', () => {
    storeInOtherTab('trice.session', { ending: 'left' });
    storeInOtherTab('trice.session', stored(bob.id));
    expect(session.get()?.userId).toBe(bob.id);
    expect(lastEnding.get()).toBeNull();
  });

  test.each([
    ['no token', { userId: alice.id, renewAt: 1 }],
    ['a token that says nothing', { userId: alice.id, accessToken: 'x', renewAt: 1 }],
    ["somebody else's token", { userId: alice.id, accessToken: makeToken(bob.id), renewAt: 1 }],
    ['something else', 'hello'],
  ])('that stores %s stores no session', (_, value) => {
    storeInOtherTab('trice.session', value);
    expect(session.get()).toBeNull();
  });
});

test('a page that comes back by the back button knows what happened meanwhile', () => {
  localStorage.removeItem('trice.session');
  window.dispatchEvent(new Event('pageshow'));
  expect(session.get()).toBeNull();
});

describe('the end of a session', () => {
  beforeEach(() => {
    localStorage.setItem(`trice.outbox.${alice.id}`, '["unsent"]');
    localStorage.setItem(`trice.drafts.${alice.id}`, '{"a":"draft"}');
    localStorage.setItem(`trice.drafts.${bob.id}`, '{"a":"draft"}');
    localStorage.setItem('trice.theme', '"dark"');
  });

  test.each(['left', 'revoked', 'deleted'] as const)('leaves nothing of its owner (%s)', (ending) => {
    endSession(ending);
    expect(Object.keys(localStorage).sort()).toEqual([`trice.drafts.${bob.id}`, 'trice.theme']);
  });

  test('by age keeps what was not sent for its owner', () => {
    endSession('expired');
    expect(localStorage.getItem('trice.session')).toBeNull();
    expect(localStorage.getItem(`trice.outbox.${alice.id}`)).toBe('["unsent"]');
  });

  test('is known here', () => {
    endSession('revoked');
    expect(session.get()).toBeNull();
    expect(lastEnding.get()).toBe('revoked');
  });
});

describe('leaving', () => {
  test.each(['left', 'deleted'] as const)('is what it was when a socket hears of it first (%s)', async (ending) => {
    const endings: unknown[] = [];
    const stop = lastEnding.subscribe(() => endings.push(lastEnding.get()));
    await leaveSession(ending, async () => {
      sessionRevoked(token);
      expect(session.get()).toBeNull();
      expect(localStorage).toHaveLength(0);
    });
    stop();
    expect(endings).toEqual([ending]);
  });

  test('is what it was when a socket of another tab hears of it first', () => {
    storeInOtherTab('trice.leaving', { sid: readClaims(token).sid, ending: 'left' });
    sessionRevoked(token);
    expect(session.get()).toBeNull();
    expect(lastEnding.get()).toBe('left');
  });

  test('another session explains nothing', () => {
    storeInOtherTab('trice.leaving', { sid: 'another', ending: 'left' });
    sessionRevoked(token);
    expect(lastEnding.get()).toBe('revoked');
  });

  test('that comes too late leaves alone whoever has logged in meanwhile', async () => {
    await leaveSession('left', async () => {
      storeInOtherTab('trice.session', stored(bob.id, makeToken(bob.id, 'first', 'of bob')));
    });
    expect(session.get()?.userId).toBe(bob.id);
    expect(lastEnding.get()).toBeNull();
  });

  test('that fails leaves everything as it was', async () => {
    await expect(leaveSession('left', () => Promise.reject(new Error('no line')))).rejects.toThrow('no line');
    expect(session.get()?.userId).toBe(alice.id);
    sessionRevoked(token);
    expect(lastEnding.get()).toBe('revoked');
  });
});

describe('what is not stored any more', () => {
  test('ends as the news from the other tab says, which come a little later', () => {
    vi.useFakeTimers();
    localStorage.removeItem('trice.session');
    sessionRevoked(token);
    expect(session.get()?.userId).toBe(alice.id);
    storeInOtherTab('trice.session', { ending: 'left' });
    storeInOtherTab('trice.session', null);
    vi.runAllTimers();
    vi.useRealTimers();
    expect(lastEnding.get()).toBe('left');
  });

  test('ends although no news come', () => {
    vi.useFakeTimers();
    localStorage.removeItem('trice.session');
    sessionRevoked(token);
    vi.runAllTimers();
    vi.useRealTimers();
    expect(session.get()).toBeNull();
  });
});
