import { useLocation, useNavigate } from 'react-router';
import { useCreateConversation } from './mutations';

/** Opens the direct conversation with somebody, which is made if there is none. */
export function useChatWith() {
  const create = useCreateConversation();
  const navigate = useNavigate();
  const { state }: { state: { panel?: unknown } | null } = useLocation();
  const chatWith = (userId: string, onOpened?: () => void) =>
    create.mutate(
      { type: 'direct', participantIds: [userId] },
      {
        onSuccess: ({ id }) => {
          onOpened?.();
          // A dialog from which this was asked is not to be found when going back.
          navigate(`/c/${id}`, { replace: state?.panel !== undefined });
        },
      },
    );
  return { chatWith, error: create.error, busy: create.isPending };
}
