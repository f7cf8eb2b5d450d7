import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { allConversations } from './cache';
import { conversationQuery, conversationsQuery, type Ending, endingQuery } from './queries';

/** Why a conversation cannot be shown. */
export type Unavailable = { ending: Ending['why'] } | { error: Error };

/** A conversation as the list knows it, or from the server when the list does not. */
export function useConversation(id: string) {
  const list = useInfiniteQuery(conversationsQuery);
  const listed = allConversations(list.data).find((conversation) => conversation.id === id);
  const { data: ending } = useQuery(endingQuery(id));
  const detail = useQuery({ ...conversationQuery(id), enabled: !listed && !ending && !list.isPending });
  const unavailable: Unavailable | null =
    listed || (!ending && !detail.error) ? null : ending ? { ending: ending.why } : { error: detail.error as Error };
  return {
    conversation: listed ?? (unavailable ? undefined : detail.data),
    unavailable,
    retry: () => void detail.refetch(),
  };
}
