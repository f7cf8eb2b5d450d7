import { type Query, useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useRealtime } from '@/realtime';
import type { KnownConversation } from './changes';
import { conversationQuery, lookAgainAfter, tellsPresence } from './queries';

const mustLook = ({ state: { data } }: Query<KnownConversation>) => data !== undefined && !tellsPresence(data);

/** A conversation with everybody in it, kept true by events while it is shown. */
export function useMembers(id: string) {
  const realtime = useRealtime();
  const query = useQuery({
    ...conversationQuery(id),
    refetchInterval: (query) => (mustLook(query) ? lookAgainAfter : false),
    refetchOnMount: (query) => (mustLook(query) ? 'always' : true),
    // Nobody looks from a hidden tab.
    refetchOnWindowFocus: (query) => (mustLook(query) ? 'always' : false),
  });
  const { data } = query;
  const lastSeq = data?.lastSeq;
  const rev = data?.since?.rev ?? data?.lastRev;
  useEffect(() => {
    if (lastSeq !== undefined && rev !== undefined) realtime.shown(id, { lastSeq, lastRev: rev });
  }, [realtime, id, lastSeq, rev]);
  return query;
}
