import { useNavigate } from 'react-router';
import { describeError } from '@/api';
import { Alert } from '@/ui/Alert';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { useDeleteConversation } from '../mutations';
import { conversationName, otherPerson } from '../names';
import type { PanelProps } from './ConversationPanels';

/** Asks before a conversation is deleted for everybody. */
export function DeleteDialog({ conversation, me, onClose }: PanelProps) {
  const remove = useDeleteConversation(conversation.id);
  const navigate = useNavigate();
  const name = conversationName(conversation, me);
  const other = otherPerson(conversation, me);
  return (
    <ConfirmDialog
      title={other ? `Delete the chat with ${name}?` : `Delete ${name}?`}
      description={
        other
          ? `It disappears for you and for ${name}, with all messages. This cannot be taken back. A new chat starts empty.`
          : `It disappears for all ${conversation.participantCount.toLocaleString()} members, with all messages. This cannot be taken back.`
      }
      action={other ? 'Delete chat' : 'Delete group'}
      busy={remove.isPending}
      onConfirm={() => remove.mutate(undefined, { onSuccess: () => navigate('/', { replace: true }) })}
      onClose={onClose}
    >
      {remove.isError && <Alert>{describeError(remove.error, refusals)}</Alert>}
    </ConfirmDialog>
  );
}

const refusals = {
  FORBIDDEN: 'Only owners may delete this.',
  NOT_FOUND: 'It is deleted already.',
};
