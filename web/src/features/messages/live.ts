import type { QueryClient } from '@tanstack/react-query';
import type { Realtime } from '@/realtime';
import { applyMessage, applyUserUpdated, reloadMessages } from './cache';

/** Keeps open conversations true while the line is up. Answers how to stop. */
export function followMessages(realtime: Realtime, queryClient: QueryClient): () => void {
  const stops = [
    realtime.on('message:received', ({ message }) => applyMessage(queryClient, message)),
    realtime.on('user:updated', (user) => applyUserUpdated(queryClient, user)),
    // When this fails the old history stays; the next connection asks again.
    realtime.on('reset', (conversationId) => void reloadMessages(queryClient, conversationId).catch(() => undefined)),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
