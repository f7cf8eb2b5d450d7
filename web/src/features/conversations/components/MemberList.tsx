import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef, useState } from 'react';
import type { Participant } from '@/api';
import { describeError } from '@/api';
import { Alert } from '@/ui/Alert';
import { ConfirmDialog } from '@/ui/dialogs';
import { useRemovePerson, useSetRole } from '../mutations';
import { actionsOn, type MemberAction } from '../rules';
import { MemberRow } from './MemberRow';

const rowHeight = 60;

type Props = {
  id: string;
  /** Who is shown, in order. */
  members: Participant[];
  everybody: Participant[];
  me: string;
};

/** People in a group, drawn as far as they are in sight: there may be two thousand. */
export function MemberList({ id, members, everybody, me }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const [asked, setAsked] = useState<{ member: Participant; action: MemberAction } | null>(null);
  const setRole = useSetRole(id);
  const remove = useRemovePerson(id);
  const virtualizer = useVirtualizer({
    count: members.length,
    getScrollElement: () => scroller.current,
    getItemKey: (index) => members[index]?.user.id ?? index,
    estimateSize: () => rowHeight,
    overscan: 8,
  });

  const act = (member: Participant, action: MemberAction) => {
    setRole.reset();
    remove.reset();
    const stepsDown = member.user.id === me;
    if (action.kind === 'remove' || action.role === 'owner' || stepsDown) setAsked({ member, action });
    else setRole.mutate({ userId: member.user.id, role: action.role });
  };
  const confirm = () => {
    if (!asked) return;
    const { member, action } = asked;
    const done = { onSettled: () => setAsked(null) };
    if (action.kind === 'remove') remove.mutate(member.user.id, done);
    else setRole.mutate({ userId: member.user.id, role: action.role }, done);
  };
  const error = setRole.error ?? remove.error;

  return (
    <>
      {error && (
        <div className="mx-5 mb-2">
          <Alert>{describeError(error, refusals)}</Alert>
        </div>
      )}
      <div ref={scroller} className="scroll-thin min-h-0 flex-1 overflow-y-auto px-3 pb-3">
        <ul aria-label="Members" className="relative" style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map(({ key, index, start }) => {
            const member = members[index];
            return (
              member && (
                <li
                  key={key}
                  aria-setsize={members.length}
                  aria-posinset={index + 1}
                  className="absolute inset-x-0 top-0"
                  style={{ height: rowHeight, translate: `0 ${start}px` }}
                >
                  <MemberRow
                    member={member}
                    isMe={member.user.id === me}
                    actions={actionsOn(member, everybody, me)}
                    onAct={(action) => act(member, action)}
                  />
                </li>
              )
            );
          })}
        </ul>
      </div>
      {asked && (
        <ConfirmDialog
          {...question(asked.member, asked.action, me)}
          busy={remove.isPending || setRole.isPending}
          onConfirm={confirm}
          onClose={() => setAsked(null)}
        />
      )}
    </>
  );
}

const refusals = {
  FORBIDDEN: 'You may not do this any more: your role in this group has changed.',
  NOT_FOUND: 'They are not in this group any more.',
  CONFLICT: 'The last owner cannot step down. Make somebody else owner first.',
};

function question({ user: { id, displayName } }: Participant, action: MemberAction, me: string) {
  if (action.kind === 'remove') {
    return {
      title: `Remove ${displayName}?`,
      description: 'They see nothing of this group from now on. What they wrote stays. They can be added again.',
      action: 'Remove',
    };
  }
  if (id === me) {
    return {
      title: 'Step down as owner?',
      description: 'The other owners stay. Only one of them can make you owner again.',
      action: 'Step down',
    };
  }
  return {
    title: `Make ${displayName} owner?`,
    description: 'Owners can do everything here, like deleting the group, and remove everybody, you as well.',
    action: 'Make owner',
  };
}
