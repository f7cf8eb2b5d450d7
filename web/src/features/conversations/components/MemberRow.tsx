import { Crown, MessageCircle, ShieldCheck, UserRound, UserRoundMinus } from 'lucide-react';
import type { Participant, Role } from '@/api';
import { PresenceDot, PresenceText } from '@/features/presence';
import { Avatar } from '@/ui/Avatar';
import { classes } from '@/ui/classes';
import type { MenuItem } from '@/ui/Menu';
import { MenuButton } from '@/ui/MenuButton';
import type { MemberAction } from '../rules';
import { useChatWith } from '../useChatWith';

type Props = {
  member: Participant;
  isMe: boolean;
  actions: MemberAction[];
  onAct: (action: MemberAction) => void;
};

const roles: Record<Role, { label: string; icon: MenuItem['icon'] }> = {
  owner: { label: 'owner', icon: Crown },
  admin: { label: 'admin', icon: ShieldCheck },
  member: { label: 'member', icon: UserRound },
};

/** Somebody in a group: who they are, what they are in it, and what can be done with them. */
export function MemberRow({ member: { user, role }, isMe, actions, onAct }: Props) {
  const { chatWith } = useChatWith();
  const items: MenuItem[] = actions.map((action) =>
    action.kind === 'remove'
      ? { label: 'Remove from group', icon: UserRoundMinus, danger: true, onSelect: () => onAct(action) }
      : { label: roleLabel(action.role, isMe), icon: roles[action.role].icon, onSelect: () => onAct(action) },
  );
  if (!isMe) items.unshift({ label: 'Message', icon: MessageCircle, onSelect: () => chatWith(user.id) });
  return (
    <div className="flex h-full items-center gap-3 rounded-xl px-2">
      <Avatar name={user.displayName} id={user.id} badge={!isMe && <PresenceDot userId={user.id} silent />} />
      <span className="min-w-0 flex-1">
        <span dir="auto" className="block truncate text-left font-medium">
          {user.displayName}
        </span>
        <span className="block truncate text-sm text-soft">
          {isMe ? `You · @${user.username}` : <PresenceText userId={user.id}>@{user.username}</PresenceText>}
        </span>
      </span>
      {role !== 'member' && <RoleMark role={role} />}
      {items.length > 0 ? (
        <MenuButton label={isMe ? 'What you can do' : `What to do with ${user.displayName}`} items={items} />
      ) : (
        <span className="w-11 shrink-0" />
      )}
    </div>
  );
}

const roleLabel = (role: Role, isMe: boolean) => `${isMe ? 'Step down to' : 'Make'} ${roles[role].label}`;

function RoleMark({ role }: { role: 'owner' | 'admin' }) {
  const Icon = roles[role].icon;
  return (
    <span
      className={classes(
        'inline-flex shrink-0 items-center gap-1 rounded-full px-2 py-0.5 text-xs font-medium capitalize',
        role === 'owner' ? 'bg-selected text-accent-ink' : 'border border-line text-soft',
      )}
    >
      <Icon aria-hidden className="hidden size-3.5 min-[24rem]:block" />
      {roles[role].label}
    </span>
  );
}
