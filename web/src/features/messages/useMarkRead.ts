import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef } from 'react';
import { applyRead, findConversation } from '@/features/conversations';
import { useReading } from '@/features/receipts';
import type { TimelineItem } from './timeline';

/** Marks a conversation read up to what was looked at: here at once, on the server a little later. */
export function useMarkRead(conversationId: string, items: TimelineItem[]): (seq: number) => void {
  const queryClient = useQueryClient();
  const reading = useReading();
  const shown = useRef(items);
  useEffect(() => {
    shown.current = items;
  }, [items]);

  return useCallback(
    (seq) => {
      const messages = shown.current.filter((item) => item.kind === 'message');
      const messageId = messages.find((item) => item.seq === seq)?.id;
      const known = findConversation(queryClient, conversationId);
      const before = known?.readSeq ?? 0;
      if (!messageId || seq <= before) return;
      // What lies between is loaded: a conversation opens at what is unread.
      const read = messages.filter((item) => isUnread(item, before, seq)).length;
      const unreadCount = (known?.unreadCount ?? 0) - read;
      applyRead(queryClient, conversationId, { seq, messageId, unreadCount });
      reading.moveTo(conversationId, { seq, messageId });
    },
    [queryClient, reading, conversationId],
  );
}

function isUnread({ own, state, seq }: TimelineItem & { kind: 'message' }, after: number, upTo: number): boolean {
  return !own && state !== 'deleted' && seq !== null && seq > after && seq <= upTo;
}
