import { useQuery } from '@tanstack/react-query';
import { countsQuery } from './counts';
import { readersQuery } from './queries';

/** Whether the other person of a direct conversation has read a message. */
export function useIsRead(conversationId: string, seq: number | null): boolean {
  const { data } = useQuery({ ...readersQuery(conversationId), select: ({ upTo }) => seq !== null && seq <= upTo });
  return data ?? false;
}

/** How many have read a message of a group; `known` is what history said. */
export function useReadCount(conversationId: string, messageId: string | null, known: number): number {
  const { data } = useQuery({
    ...readersQuery(conversationId),
    select: ({ counts }) => (messageId === null ? 0 : (counts[messageId] ?? 0)),
  });
  return Math.max(known, data ?? 0);
}

/** Keeps the counts of a group true while it is shown. */
export function useFreshCounts(conversationId: string, group: boolean): void {
  useQuery({ ...countsQuery(conversationId), enabled: group });
}
