import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useRealtime } from '@/realtime';
import { conversationQuery } from './queries';

/** A conversation with everybody in it, kept true by events while it is shown. */
export function useMembers(id: string) {
  const realtime = useRealtime();
  const query = useQuery(conversationQuery(id));
  const { data } = query;
  const lastSeq = data?.lastSeq;
  const rev = data?.since?.rev ?? data?.lastRev;
  useEffect(() => {
    if (lastSeq !== undefined && rev !== undefined) realtime.shown(id, { lastSeq, lastRev: rev });
  }, [realtime, id, lastSeq, rev]);
  return query;
}
