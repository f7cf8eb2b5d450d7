import { infiniteQueryOptions, queryOptions, skipToken } from '@tanstack/react-query';
import { listMessages, type Message } from '@/api';

/** Under this all messages are kept. */
export const allMessages = ['messages'];

/** One page of history, newest first. */
export async function fetchMessages(conversationId: string, cursor?: string, signal?: AbortSignal) {
  return (await listMessages({ path: { id: conversationId }, query: { cursor, limit: 50 }, signal })).data;
}

/** History, as far as it was scrolled back. What comes later is in `liveMessagesQuery`, so that it is fetched once. */
export function messagesQuery(conversationId: string) {
  return infiniteQueryOptions({
    queryKey: [...allMessages, conversationId, 'history'],
    queryFn: ({ pageParam, signal }) => fetchMessages(conversationId, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ meta }) => meta.cursor ?? undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/**
 * Messages that came by event since history was asked for. Apart from its pages, so that what arrives while the first
 * page is still on its way is not lost.
 */
export function liveMessagesQuery(conversationId: string) {
  return queryOptions<Message[]>({
    queryKey: [...allMessages, conversationId, 'live'],
    queryFn: skipToken,
    staleTime: Number.POSITIVE_INFINITY,
  });
}
