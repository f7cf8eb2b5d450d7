import type { QueryClient } from '@tanstack/react-query';
import type { Realtime } from '@/realtime';
import { applyUserUpdated } from './cache';

/** Keeps people true while the line is up. Answers how to stop. */
export function followUsers(realtime: Realtime, queryClient: QueryClient): () => void {
  return realtime.on('user:updated', (user) => applyUserUpdated(queryClient, user));
}
