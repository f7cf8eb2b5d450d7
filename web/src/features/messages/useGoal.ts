import type { QueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { showHistory } from './cache';
import { around } from './history';
import { quotedQuery } from './queries';
import type { TimelineItem } from './timeline';

/** What is to be brought into sight: a message, or the end. Numbered, so that the same can be asked for again. */
export type Goal = { seq: number | 'end'; number: number };

/** Brings messages into sight, also those that are not loaded. */
export function useGoal(queryClient: QueryClient, conversationId: string, items: TimelineItem[], toEnd: boolean) {
  const [goal, setGoal] = useState<Goal | null>(null);
  const bring = useCallback((seq: Goal['seq']) => setGoal((last) => ({ seq, number: (last?.number ?? 0) + 1 })), []);
  const loaded = useRef(items);
  useEffect(() => {
    loaded.current = items;
  }, [items]);

  const show = useCallback(
    (messageId: string) => {
      const item = loaded.current.find((each) => each.kind === 'message' && each.id === messageId);
      if (item?.kind === 'message' && item.seq !== null) return bring(item.seq);
      // When this fails nothing moves, and one can ask again.
      void queryClient
        .fetchQuery(quotedQuery(conversationId, messageId))
        .then(async ([message]) => {
          if (!message) return;
          await showHistory(queryClient, conversationId, around(message.seq));
          bring(message.seq);
        })
        .catch(() => undefined);
    },
    [queryClient, conversationId, bring],
  );

  const showEnd = useCallback(() => {
    if (toEnd) return bring('end');
    void showHistory(queryClient, conversationId, 'newest')
      .then(() => bring('end'))
      .catch(() => undefined);
  }, [queryClient, conversationId, toEnd, bring]);

  return { goal, show, showEnd };
}
