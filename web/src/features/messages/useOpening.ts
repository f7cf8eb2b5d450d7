import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { KnownConversation } from '@/features/conversations';
import { forgetUnless } from './cache';
import { around, type Place } from './history';
import { messagesQuery } from './queries';

/** How a conversation opens: where, and up to where everything was read then; null when nothing is unread. */
export type Opening = { place: Place; unreadAfter: number | null };

/** So many unread ones are on the newest page. */
const mostOnNewestPage = 40;

/** Decided once, so that the line before what is unread stays where one left off. */
export function useOpening(conversation: KnownConversation): Opening {
  const queryClient = useQueryClient();
  const [opening] = useState(() => {
    const decided = decide(conversation);
    forgetUnless(queryClient, conversation.id, decided.unreadAfter);
    return decided;
  });
  return opening;
}

/** Has there what the conversation will open with. Never fails: what does not come is asked for again when it opens. */
export function prefetchOpening(queryClient: QueryClient, conversation: KnownConversation): Promise<void> {
  return queryClient.prefetchInfiniteQuery(messagesQuery(conversation.id, decide(conversation).place));
}

function decide({ lastSeq, unreadCount, readSeq }: KnownConversation): Opening {
  if (unreadCount === 0) return { place: 'newest', unreadAfter: null };
  // Where the server has not said it: unread are the last ones, but for those that were deleted.
  const unreadAfter = readSeq ?? Math.max(0, lastSeq - unreadCount);
  return { place: lastSeq - unreadAfter <= mostOnNewestPage ? 'newest' : around(unreadAfter + 1), unreadAfter };
}
