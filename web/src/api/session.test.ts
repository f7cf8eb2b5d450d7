import { beforeEach, describe, expect, test } from 'vitest';
import { alice, bob } from '@/test/factories';
import { storeInOtherTab } from '@/test/otherTab';
import { makeToken } from '@/test/tokens';
import { endSession, lastEnding, type Session, saveSession, session } from '.';

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
