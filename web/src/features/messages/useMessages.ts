import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { useRealtime } from '@/realtime';
import { useUnsent } from './OutboxProvider';
import { liveMessagesQuery, messagesQuery } from './queries';
import { buildTimeline } from './timeline';

/** Everything a conversation shows, and how to read further back. */
export function useMessages(conversationId: string, me: string) {
  const realtime = useRealtime();
  const history = useInfiniteQuery(messagesQuery(conversationId));
  const { data: live } = useQuery(liveMessagesQuery(conversationId));
  const unsent = useUnsent(conversationId);

  const newest = history.data?.pages[0];
  useEffect(() => {
    if (newest) realtime.shown(conversationId, { lastSeq: newest.meta.seq, lastRev: newest.meta.rev });
  }, [realtime, conversationId, newest]);

  const items = useMemo(() => {
    const stored = history.data?.pages.flatMap(({ messages }) => messages) ?? [];
    return buildTimeline([...stored, ...(live ?? [])], unsent, me);
  }, [history.data, live, unsent, me]);

  return { history, items };
}
