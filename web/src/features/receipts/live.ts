import type { QueryClient } from '@tanstack/react-query';
import { applyRead } from '@/features/conversations';
import type { Realtime } from '@/realtime';
import { applyCount, applyReads, applyReceipt } from './cache';
import { allCounts } from './counts';
import { allReaders } from './queries';

/** Keeps up with who has read what, oneself on other devices as well. Answers how to stop. */
export function followReceipts(realtime: Realtime, queryClient: QueryClient, me: string): () => void {
  // As long as the page is open: it is told once, also of conversations that are opened much later.
  for (const queryKey of [allReaders, allCounts]) {
    queryClient.setQueryDefaults(queryKey, { gcTime: Number.POSITIVE_INFINITY });
  }
  let wasConnected = false;
  const stops = [
    realtime.on('receipt:updated', (event) => applyReceipt(queryClient, event, me)),
    realtime.on('receipt:count', (event) => applyCount(queryClient, event)),
    realtime.on('subscribed', (subscription) => applyReads(queryClient, subscription, me)),
    realtime.on('read:synced', ({ conversationId, lastReadSeq, lastReadMessageId, unreadCount }) =>
      applyRead(queryClient, conversationId, { seq: lastReadSeq, messageId: lastReadMessageId, unreadCount }),
    ),
    realtime.on('connected', () => {
      // What is shown is counted again at once, and the rest when it is opened.
      if (wasConnected) void queryClient.invalidateQueries({ queryKey: allCounts }).catch(() => undefined);
      wasConnected = true;
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
