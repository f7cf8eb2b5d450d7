import { queryOptions } from '@tanstack/react-query';
import { listMessages } from '@/api';
import { applyCounts } from './cache';

/** Under this is kept whether counts may have been missed, by conversation. */
export const allCounts = ['readCounts'];

const recent = 50;

/**
 * Looks up how many have read the newest messages of a group, when events may have been missed. History says it at first,
 * so that nothing is asked then.
 */
export function countsQuery(conversationId: string) {
  return queryOptions({
    queryKey: [...allCounts, conversationId],
    queryFn: async ({ signal, client }) => {
      const { data } = await listMessages({ path: { id: conversationId }, query: { limit: recent }, signal });
      applyCounts(client, conversationId, data.messages);
      return true;
    },
    initialData: true,
    staleTime: Number.POSITIVE_INFINITY,
  });
}
