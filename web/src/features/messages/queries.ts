import { infiniteQueryOptions, queryOptions, skipToken } from '@tanstack/react-query';
import { listMessages, type Message } from '@/api';
import { newerThan, olderThan, type Page, type Place } from './history';
import { findQuoted } from './quoted';

/** Under this all messages are kept, and below it by conversation. */
export const allMessages = ['messages'];

const firstPage = 50;

export async function fetchMessages(conversationId: string, place: Place, signal?: AbortSignal): Promise<Page> {
  const query = place === 'newest' ? { limit: firstPage } : place;
  const { data } = await listMessages({ path: { id: conversationId }, query, signal });
  return place === 'newest' ? data : { ...data, messages: data.messages.toReversed() };
}

/**
 * History in one piece, first read at `place`, as far as it was scrolled from there: the pages that follow are older.
 * What comes later is in `liveMessagesQuery`.
 */
export function messagesQuery(conversationId: string, place: Place = 'newest') {
  return infiniteQueryOptions({
    queryKey: [...allMessages, conversationId, 'history'],
    queryFn: ({ pageParam, signal }) => fetchMessages(conversationId, pageParam, signal),
    initialPageParam: place,
    getNextPageParam: olderThan,
    getPreviousPageParam: newerThan,
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

/** A message that another one answers and that is not loaded with its history; none when it cannot be found. */
export function quotedQuery(conversationId: string, messageId: string) {
  return queryOptions<Message[]>({
    queryKey: [...allMessages, conversationId, 'quoted', messageId],
    queryFn: ({ signal }) => findQuoted(conversationId, messageId, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Up to where I have read a conversation, as far as the server has said it. */
export function lastReadQuery(conversationId: string) {
  return queryOptions<number>({
    queryKey: ['lastRead', conversationId],
    queryFn: skipToken,
    staleTime: Number.POSITIVE_INFINITY,
  });
}
