import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, use, useEffect, useMemo, useState } from 'react';
import { applyMessage as applyToList } from '@/features/conversations';
import { useRealtime } from '@/realtime';
import { useStore } from '@/ui/useStore';
import { applyLastRead, applyMessage } from './cache';
import { Outbox, type OutboxEntry } from './outbox';
import { send } from './send';

const OutboxContext = createContext<Outbox | null>(null);

/** Holds what `me` has not sent yet, while logged in. */
export function OutboxProvider({ me, children }: { me: string; children: ReactNode }) {
  const realtime = useRealtime();
  const queryClient = useQueryClient();
  const [outbox] = useState(
    () =>
      new Outbox({
        userId: me,
        send: (entry) => send(realtime, queryClient, entry),
        onSent: (message) => {
          realtime.noteMessage(message);
          applyMessage(queryClient, message);
          applyToList(queryClient, message, me);
          // Sending counts as having read everything before.
          applyLastRead(queryClient, message.conversationId, message.seq);
        },
      }),
  );

  useEffect(() => {
    const wake = () => outbox.wake();
    const stopListening = realtime.on('connected', wake);
    window.addEventListener('online', wake);
    const stop = outbox.start();
    return () => {
      stop();
      stopListening();
      window.removeEventListener('online', wake);
    };
  }, [outbox, realtime]);

  return <OutboxContext value={outbox}>{children}</OutboxContext>;
}

export function useOutbox(): Outbox {
  const outbox = use(OutboxContext);
  if (!outbox) throw new Error('useOutbox needs an OutboxProvider');
  return outbox;
}

/** What is not sent yet in a conversation. */
export function useUnsent(conversationId: string): OutboxEntry[] {
  const entries = useStore(useOutbox());
  return useMemo(() => entries.filter((entry) => entry.conversationId === conversationId), [entries, conversationId]);
}

/** How many messages are not sent yet, in all conversations. */
export function useUnsentCount(): number {
  return useStore(useOutbox()).length;
}
