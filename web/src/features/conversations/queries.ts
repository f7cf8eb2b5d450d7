import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { getConversation, listConversations } from '@/api';

/** One page of the list, newest activity first. */
export async function fetchConversations(cursor?: string, signal?: AbortSignal) {
  return (await listConversations({ query: { cursor, limit: 100 }, signal })).data;
}

/** The list of conversations. Events keep it fresh, so it is fetched once. */
export const conversationsQuery = infiniteQueryOptions({
  queryKey: ['conversations', 'list'],
  queryFn: ({ pageParam, signal }) => fetchConversations(pageParam, signal),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: ({ meta }) => meta.cursor ?? undefined,
  staleTime: Number.POSITIVE_INFINITY,
});

/** Under this every single conversation is kept. */
export const conversationDetails = ['conversations', 'detail'];

/** One conversation with everybody in it. */
export function conversationQuery(id: string) {
  return queryOptions({
    queryKey: [...conversationDetails, id],
    queryFn: async ({ signal }) => (await getConversation({ path: { id }, signal })).data,
  });
}
