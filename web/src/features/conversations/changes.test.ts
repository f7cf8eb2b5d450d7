import { describe, expect, test } from 'vitest';
import type { Role } from '@/api';
import { alice, bob, carol, makeConversation, makeMessage } from '@/test/factories';
import { type Change, type KnownConversation, withChange, withNews, withRead } from './changes';

const dave = { ...carol, id: '01900000-0000-7000-8000-000000000004', username: 'dave', displayName: 'Dave' };
const group = (given: Partial<KnownConversation> = {}) =>
  makeConversation({ type: 'group', title: 'Team', lastRev: 3, ...given });
/** One of which only the longest-serving are known. */
const large = () => group({ participantCount: 40 });

const looks = (rev: number, title: string): Change => ({ kind: 'looks', rev, title, avatarUrl: null });
const present = (rev: number, user = carol, role: Role = 'member'): Change => ({
  kind: 'present',
  rev,
  participant: { user, role },
});
const absent = (rev: number, userId = bob.id): Change => ({ kind: 'absent', rev, userId });
const people = ({ participants, participantCount }: KnownConversation) => ({
  names: participants.map(({ user, role }) => `${user.username} ${role}`),
  count: participantCount,
});

describe('a change', () => {
  test.each([
    ['looks', looks(4, 'Crew'), { title: 'Crew', lastRev: 4 }],
    ['somebody new', present(4), { participantCount: 3, lastRev: 4 }],
    ['somebody gone', absent(4), { participantCount: 1, lastRev: 4 }],
  ])('is made (%s)', (_, change, expected) => {
    expect(withChange(group(), change)).toMatchObject(expected);
  });

  test.each([looks(3, 'Crew'), present(2), absent(3)])(
    'that what was fetched holds already is not made again',
    (change) => {
      const known = group();
      expect(withChange(known, change)).toBe(known);
    },
  );

  test.each([looks(4, 'Crew'), present(4), absent(4)])('is made once, however often it is told', (change) => {
    const once = withChange(group(), change);
    expect(withChange(once, change)).toBe(once);
  });

  test('of one thing may come after a newer one of another, but not of the same', () => {
    const known = withChange(withChange(group(), looks(6, 'Crew')), present(5));
    expect(known.title).toBe('Crew');
    expect(people(known).names).toEqual(['alice owner', 'bob member', 'carol member']);
    expect(withChange(known, looks(5, 'Late'))).toBe(known);
  });

  test.each([
    ['a role', group(), present(4, bob, 'admin'), ['alice owner', 'bob admin'], 2],
    ['a role in a large group', large(), present(4, bob, 'admin'), ['alice owner', 'bob admin'], 40],
    ['somebody new in a large group', large(), present(4), ['alice owner', 'bob member'], 41],
    ['somebody gone from a large group', large(), absent(4, carol.id), ['alice owner', 'bob member'], 39],
    ['a longest-serving one gone', large(), absent(4), ['alice owner'], 39],
    ['nobody gone', group(), absent(4, carol.id), ['alice owner', 'bob member'], 2],
  ])('counts right (%s)', (_, known, change, names, count) => {
    expect(people(withChange(known, change))).toEqual({ names, count });
  });

  test('of a role says nothing about names', () => {
    const known = withChange(group(), present(4, { ...bob, displayName: 'As he was called before' }, 'admin'));
    expect(known.participants[1]?.user).toEqual(bob);
  });
});

describe('a deleted message', () => {
  const deleted = (seq: number): Change => {
    return { kind: 'deleted', rev: 4, messageId: `m${seq}`, seq, deletedAt: '2026-03-18T10:00:00.000Z' };
  };
  const known = () => group({ lastSeq: 9, lastMessage: makeMessage({ seq: 9 }), unreadCount: 2 });

  test('is a tombstone where it is the last one', () => {
    expect(withChange(known(), deleted(9)).lastMessage).toMatchObject({ content: '', deletedAt: expect.any(String) });
    expect(withChange(known(), deleted(8)).lastMessage?.content).toBe('Message 9');
  });

  test.each([
    [9, 1],
    [8, 1],
    [7, 2],
  ])('that was not read need not be read (seq %i leaves %i)', (seq, left) => {
    expect(withChange(known(), deleted(seq)).unreadCount).toBe(left);
  });
});

describe('reading', () => {
  const known = group({ lastSeq: 9, unreadCount: 4, lastReadMessageId: 'm4' });
  const read = (seq: number, unreadCount: number) => ({ seq, messageId: `m${seq}`, unreadCount });

  test('goes forward only', () => {
    const further = withRead(known, read(7, 2));
    expect(further).toMatchObject({ readSeq: 7, lastReadMessageId: 'm7', unreadCount: 2 });
    expect(withRead(further, read(7, 0))).toBe(further);
    expect(withRead(further, read(6, 3))).toBe(further);
  });

  test.each([
    ['everything that is known here leaves nothing', 9, 3, 0],
    ['leaves no more than what follows', 8, 3, 1],
    ['makes nothing unread again', 5, 9, 4],
    ['never leaves less than nothing', 5, -1, 0],
  ])('%s', (_, seq, counted, left) => {
    expect(withRead(known, read(seq, counted)).unreadCount).toBe(left);
  });

  test('is not undone by what was fetched before, and is by who read further elsewhere', () => {
    const here = withRead(known, read(7, 2));
    const fetched = (lastReadMessageId: string, unreadCount: number) =>
      withNews(group({ lastSeq: 9, lastReadMessageId, unreadCount }), here);
    expect(fetched('m4', 4)).toMatchObject({ readSeq: 7, lastReadMessageId: 'm7', unreadCount: 2 });
    expect(fetched('m7', 1)).toMatchObject({ readSeq: 7, unreadCount: 1 });
    expect(fetched('m8', 1)).toMatchObject({ lastReadMessageId: 'm8', unreadCount: 1 });
  });

  test('tells which deleted message was not read', () => {
    const here = withRead(known, read(5, 2));
    const deleted = (seq: number): Change => ({ kind: 'deleted', rev: 4, messageId: `m${seq}`, seq, deletedAt: '' });
    expect(withChange(here, deleted(6)).unreadCount).toBe(1);
    expect(withChange(here, deleted(5)).unreadCount).toBe(2);
  });
});

describe('what was just fetched', () => {
  test('replaces what was known', () => {
    const fresh = group({ title: 'Crew', lastRev: 9 });
    expect(withNews(fresh, withChange(group(), looks(4, 'Between')))).toEqual(fresh);
    expect(withNews(fresh, undefined)).toBe(fresh);
  });

  test('keeps what passed it by on its way', () => {
    const changes = [looks(5, 'Crew'), present(6, carol, 'admin'), absent(7), present(8, dave)];
    const known = changes.reduce<KnownConversation>(withChange, group());
    const merged = withNews(group({ lastRev: 4 }), known);
    expect(merged.title).toBe('Crew');
    expect(people(merged)).toEqual({ names: ['alice owner', 'carol admin', 'dave member'], count: 3 });
    expect(merged.lastRev).toBe(8);
  });

  test('and a newer message, too', () => {
    const known = group({ lastSeq: 5, lastMessage: makeMessage({ seq: 5 }), unreadCount: 3 });
    expect(withNews(group({ lastSeq: 4, title: 'Crew' }), known)).toMatchObject({
      title: 'Crew',
      lastSeq: 5,
      unreadCount: 3,
      lastMessage: { seq: 5 },
    });
  });

  test('never counts anybody twice', () => {
    const known = withChange(large(), present(6));
    expect(withNews({ ...large(), lastRev: 6, participantCount: 41 }, known).participantCount).toBe(41);
    expect(withNews({ ...large(), lastRev: 5 }, known).participantCount).toBe(41);
  });

  test('in the end nothing depends on the order in which changes of different things came', () => {
    const changes = [looks(4, 'Crew'), present(5, bob, 'admin'), present(6), absent(7, alice.id)];
    const forwards = changes.reduce<KnownConversation>(withChange, group());
    const backwards = changes.toReversed().reduce<KnownConversation>(withChange, group());
    expect(backwards).toEqual(forwards);
  });
});
