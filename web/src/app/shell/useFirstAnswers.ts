import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useParams } from 'react-router';
import { isAskedEarly } from '@/api';
import { conversationsQuery, findConversation } from '@/features/conversations';
import { prefetchOpening } from '@/features/messages';

/** After this the parts of the chat come in as they do. */
const patience = 500;

/**
 * Whether what was asked for before the app was there has come, or takes long. On a slow phone everything drawn at once is
 * there sooner than the frame, then the list, then the messages.
 */
export function useFirstAnswers(): boolean {
  const queryClient = useQueryClient();
  const { id } = useParams();
  const [there, setThere] = useState(() => !isAskedEarly());

  useEffect(() => {
    if (there) return;
    const fetchAll = async () => {
      await queryClient.prefetchInfiniteQuery(conversationsQuery);
      const conversation = id && findConversation(queryClient, id);
      if (conversation) await prefetchOpening(queryClient, conversation);
      setThere(true);
    };
    void fetchAll();
    const timer = setTimeout(() => setThere(true), patience);
    return () => clearTimeout(timer);
  }, [queryClient, id, there]);
  return there;
}
