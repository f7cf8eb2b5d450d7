import { describe, expect, test } from 'vitest';
import type { Participant, Role } from '@/api';
import { alice, bob, carol } from '@/test/factories';
import { actionsOn, inOrder, isLastOwner, mayRemove, rightsOf, whatLeavingDoes } from './rules';

const people = (...roles: Role[]): Participant[] =>
  roles.map((role, index) => ({ user: [alice, bob, carol][index] ?? alice, role }));

describe('what one may do', () => {
  test.each([
    ['group', 'owner', ['edit', 'addPeople', 'giveRoles', 'leave', 'delete']],
    ['group', 'admin', ['edit', 'addPeople', 'leave']],
    ['group', 'member', ['leave']],
    ['group', undefined, ['leave']],
    ['direct', 'owner', ['delete']],
    ['direct', 'member', []],
  ] as const)('in a %s as %s', (type, role, allowed) => {
    const rights = Object.entries(rightsOf(type, role)).flatMap(([right, has]) => (has ? [right] : []));
    expect(rights).toEqual(allowed);
  });

  test('who removes whom', () => {
    const roles: Role[] = ['owner', 'admin', 'member'];
    const table = roles.map((role) => roles.map((other) => mayRemove(role, other)));
    expect(table).toEqual([
      [true, true, true],
      [false, false, true],
      [false, false, false],
    ]);
  });
});

describe('what can be done with somebody', () => {
  const [me, bobby] = people('owner', 'member');
  const words = (participant: Participant | undefined, all: Participant[], who = alice.id) =>
    participant && actionsOn(participant, all, who).map((action) => (action.kind === 'role' ? action.role : 'remove'));

  test.each([
    ['an owner, with a member', people('owner', 'member'), ['owner', 'admin', 'remove']],
    ['an owner, with an admin', people('owner', 'admin'), ['owner', 'member', 'remove']],
    ['an owner, with an owner', people('owner', 'owner'), ['admin', 'member', 'remove']],
    ['an admin, with a member', people('admin', 'member'), ['remove']],
    ['an admin, with an owner', people('admin', 'owner'), []],
    ['a member, with a member', people('member', 'member'), []],
  ] as const)('by %s', (_, all, expected) => {
    expect(words(all[1], [...all])).toEqual(expected);
  });

  test('with oneself is stepping down, unless nobody else is owner', () => {
    expect(words(me, people('owner', 'member'))).toEqual([]);
    expect(words(me, people('owner', 'owner'))).toEqual(['admin', 'member']);
    expect(isLastOwner(people('owner', 'member'), alice.id)).toBe(true);
    expect(isLastOwner(people('owner', 'owner'), alice.id)).toBe(false);
    expect(isLastOwner(people('owner', 'member'), bob.id)).toBe(false);
  });

  test('is nothing for whoever is not in the group', () => {
    expect(words(bobby, people('owner', 'member'), 'nobody')).toEqual([]);
  });
});

describe('leaving', () => {
  test.each([
    [people('owner'), { kind: 'last' }],
    [people('member', 'owner'), { kind: 'plain' }],
    [people('owner', 'owner', 'member'), { kind: 'plain' }],
    [people('owner', 'member', 'admin'), { kind: 'handover', heir: { user: carol, role: 'admin' } }],
    [people('owner', 'member', 'member'), { kind: 'handover', heir: { user: bob, role: 'member' } }],
  ])('does as the server does', (all, expected) => {
    expect(whatLeavingDoes(all, alice.id)).toEqual(expected);
  });
});

test('people are found: oneself, then by rank, then by name', () => {
  const named = (displayName: string, role: Role) => ({ user: { ...bob, id: displayName, displayName }, role });
  const all = [named('zoë', 'member'), named('Ärne', 'member'), named('Yan', 'admin'), ...people('member')];
  expect(inOrder([...all, named('Xi', 'owner')], alice.id).map(({ user }) => user.displayName)).toEqual([
    'Alice Example',
    'Xi',
    'Yan',
    'Ärne',
    'zoë',
  ]);
});
