import { useNavigate } from 'react-router';
import { describeError } from '@/api';
import { Alert } from '@/ui/Alert';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { useLeave } from '../mutations';
import { type Leaving, whatLeavingDoes } from '../rules';
import { useMembers } from '../useMembers';
import type { PanelProps } from './ConversationPanels';

/** Asks before leaving a group, and says what becomes of it. */
export function LeaveDialog({ conversation: { id, title }, me, onClose }: PanelProps) {
  const { data, error: loadError } = useMembers(id);
  const leave = useLeave(id, me);
  const navigate = useNavigate();
  const error = leave.error ?? loadError;
  const leaving = data && whatLeavingDoes(data.participants, me);
  return (
    <ConfirmDialog
      title={`Leave ${title}?`}
      description={leaving ? consequence(leaving) : 'Looking at who is left …'}
      action={leaving?.kind === 'last' ? 'Leave and delete' : 'Leave group'}
      busy={leave.isPending}
      blocked={!leaving}
      onConfirm={() => leave.mutate(undefined, { onSuccess: () => navigate('/', { replace: true }) })}
      onClose={onClose}
    >
      {error && <Alert>{describeError(error)}</Alert>}
    </ConfirmDialog>
  );
}

function consequence(leaving: Leaving): string {
  const gone = 'You see nothing of this group from then on. What you wrote stays.';
  switch (leaving.kind) {
    case 'plain':
      return `${gone} Owners and admins can add you again.`;
    case 'handover':
      return `${gone} You are its only owner: ${leaving.heir.user.displayName} becomes owner in your place.`;
    case 'last':
      return 'You are the last one here: the group and everything in it goes with you.';
  }
}
