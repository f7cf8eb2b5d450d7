import { useMutation, useQueryClient } from '@tanstack/react-query';
import { deleteMessage, describeError } from '@/api';
import { Alert } from '@/ui/Alert';
import { ConfirmDialog } from '@/ui/dialogs';
import { applyMessageDeleted } from '../cache';
import type { MessageItem } from '../timeline';

type Props = { item: MessageItem; conversationId: string; onClose: () => void };

export function DeleteMessageDialog({ item, conversationId, onClose }: Props) {
  const queryClient = useQueryClient();
  const { mutate, isPending, error } = useMutation({
    mutationFn: async (messageId: string) => {
      await deleteMessage({ path: { id: messageId } });
      // The event with its number may be late, or go to another connection.
      const deletedAt = new Date().toISOString();
      applyMessageDeleted(queryClient, { conversationId, messageId, deletedAt, rev: null });
    },
    onSuccess: onClose,
  });
  return (
    <ConfirmDialog
      title="Delete this message?"
      description="It disappears for everybody. That a message was here can still be seen."
      action="Delete"
      busy={isPending}
      onConfirm={() => item.id && mutate(item.id)}
      onClose={onClose}
    >
      {error && <Alert>It was not deleted. {describeError(error)}</Alert>}
    </ConfirmDialog>
  );
}
