import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { allConversations } from './cache';
import { conversationQuery, conversationsQuery } from './queries';

/** A conversation as the list knows it, or from the server when the list does not. */
export function useConversation(id: string) {
  const list = useInfiniteQuery(conversationsQuery);
  const listed = allConversations(list.data).find((conversation) => conversation.id === id);
  const detail = useQuery({ ...conversationQuery(id), enabled: !listed && !list.isPending });
  return {
    conversation: listed ?? detail.data,
    error: listed ? null : detail.error,
    retry: () => void detail.refetch(),
  };
}
