import type { QueryClient } from '@tanstack/react-query';
import type { Realtime } from '@/realtime';
import { applyLastRead, applyMessage, applyMessageDeleted, applyUserUpdated, reloadMessages } from './cache';
import { allMessages } from './queries';

/** Keeps open conversations true while the line is up. Answers how to stop. */
export function followMessages(realtime: Realtime, queryClient: QueryClient): () => void {
  const stops = [
    realtime.on('message:received', ({ message }) => applyMessage(queryClient, message)),
    realtime.on('message:deleted', (event) => applyMessageDeleted(queryClient, event)),
    realtime.on('user:updated', (user) => applyUserUpdated(queryClient, user)),
    realtime.on('subscribed', ({ conversationId, lastReadSeq }) =>
      applyLastRead(queryClient, conversationId, lastReadSeq),
    ),
    // When this fails the old history stays; the next connection asks again.
    realtime.on('reset', (conversationId) => void reloadMessages(queryClient, conversationId).catch(() => undefined)),
    realtime.on('gone', (conversationId) => queryClient.removeQueries({ queryKey: [...allMessages, conversationId] })),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
