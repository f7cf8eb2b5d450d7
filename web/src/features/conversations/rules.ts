import type { Conversation, Participant, Role } from '@/api';

/** What somebody may do in a conversation. */
export type Rights = {
  /** Change its name and picture. */
  edit: boolean;
  addPeople: boolean;
  giveRoles: boolean;
  leave: boolean;
  delete: boolean;
};

export const mostInAGroup = 2000;
const ranks: Role[] = ['owner', 'admin', 'member'];

export function roleOf({ participants }: Pick<Conversation, 'participants'>, userId: string): Role | undefined {
  return participants.find(({ user }) => user.id === userId)?.role;
}

/** What `role` may do. Unless it is known, that is nothing but leaving. */
export function rightsOf(type: Conversation['type'], role: Role | undefined): Rights {
  const group = type === 'group';
  const leads = role === 'owner' || role === 'admin';
  return {
    edit: group && leads,
    addPeople: group && leads,
    giveRoles: group && role === 'owner',
    leave: group,
    delete: role === 'owner',
  };
}

/** What can be done with somebody in a group. */
export type MemberAction = { kind: 'role'; role: Role } | { kind: 'remove' };

/** What whoever has `role` can do with this one of the participants; with oneself, that is stepping down. */
export function actionsOn(participant: Participant, participants: Participant[], me: string): MemberAction[] {
  const role = roleOf({ participants }, me);
  const isMe = participant.user.id === me;
  const roles = role === 'owner' ? ranks.filter((each) => each !== participant.role) : [];
  const actions: MemberAction[] =
    isMe && isLastOwner(participants, me) ? [] : roles.map((each) => ({ kind: 'role', role: each }));
  if (!isMe && mayRemove(role, participant.role)) actions.push({ kind: 'remove' });
  return actions;
}

/** Whether `role` may take somebody else with the role `other` out of a group. */
export function mayRemove(role: Role | undefined, other: Role): boolean {
  return role === 'owner' || (role === 'admin' && other === 'member');
}

/** Whether this owner cannot step down, because there is no other one. */
export function isLastOwner(participants: Participant[], userId: string): boolean {
  const owners = participants.filter(({ role }) => role === 'owner');
  return owners.length === 1 && owners[0]?.user.id === userId;
}

/** What happens to a group when `me` leaves it. */
export type Leaving = { kind: 'plain' } | { kind: 'last' } | { kind: 'handover'; heir: Participant };

/** As the server decides it: the longest-serving admin, or else member, follows the last owner. */
export function whatLeavingDoes(participants: Participant[], me: string): Leaving {
  const others = participants.filter(({ user }) => user.id !== me);
  const heir = others.find(({ role }) => role === 'admin') ?? others[0];
  if (!heir) return { kind: 'last' };
  return others.some(({ role }) => role === 'owner') ? { kind: 'plain' } : { kind: 'handover', heir };
}

/** Everybody in the order that finds people: oneself, then by rank, then by name. */
export function inOrder(participants: Participant[], me: string): Participant[] {
  const place = ({ user, role }: Participant) => (user.id === me ? -1 : ranks.indexOf(role));
  const { compare } = new Intl.Collator(undefined, { sensitivity: 'base', numeric: true });
  return participants.toSorted((a, b) => place(a) - place(b) || compare(a.user.displayName, b.user.displayName));
}
