import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import type { HistoryMeta } from '@/api';
import { useRealtime } from '@/realtime';
import { reachesEnd } from './history';
import { useUnsent } from './OutboxProvider';
import { liveMessagesQuery, messagesQuery } from './queries';
import { buildTimeline } from './timeline';
import type { Opening } from './useOpening';
import { useUnreadAfter } from './useUnreadAfter';

/** What was fetched is noted once; events keep it fresh from then on. */
const noted = new WeakSet<HistoryMeta>();

/** Everything a conversation shows, and how to read further. */
export function useMessages(conversationId: string, me: string, opening: Opening) {
  const realtime = useRealtime();
  const history = useInfiniteQuery(messagesQuery(conversationId, opening.place));
  const { data: live } = useQuery(liveMessagesQuery(conversationId));
  const unsent = useUnsent(conversationId);
  const { data, hasNextPage } = history;

  useEffect(() => {
    for (const { meta } of data?.pages ?? []) {
      if (noted.has(meta)) continue;
      noted.add(meta);
      realtime.shown(conversationId, { lastSeq: meta.seq, lastRev: meta.rev });
    }
  }, [realtime, conversationId, data]);

  const head = Math.max(data?.pages[0]?.meta.seq ?? 0, live?.at(-1)?.seq ?? 0);
  const unreadAfter = useUnreadAfter(opening.unreadAfter, head, data !== undefined);

  // Away from the end there would be a hole before what comes live.
  const toEnd = reachesEnd(data?.pages ?? []);
  const items = useMemo(() => {
    const stored = data?.pages.flatMap(({ messages }) => messages) ?? [];
    return buildTimeline(toEnd ? [...stored, ...(live ?? [])] : stored, toEnd ? unsent : [], me, {
      complete: !hasNextPage,
      unreadAfter,
    });
  }, [data, live, toEnd, unsent, me, hasNextPage, unreadAfter]);

  return { history, items, toEnd, head };
}
