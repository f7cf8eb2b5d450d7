import { createContext, type ReactNode, use, useEffect, useState } from 'react';
import { ApiError, markRead, onlyAs, toApiError } from '@/api';
import { type Realtime, useRealtime } from '@/realtime';
import { Reading } from './reading';

const ReadingContext = createContext<Reading | null>(null);

/** Holds how far `me` has read in this tab, while logged in. */
export function ReadingProvider({ me, children }: { me: string; children: ReactNode }) {
  const realtime = useRealtime();
  const [reading] = useState(() => new Reading((id, messageId) => sayRead(realtime, me, id, messageId)));

  useEffect(() => {
    const stopListening = realtime.on('connected', () => reading.repeat());
    const hurry = () => {
      if (document.visibilityState === 'hidden') reading.hurry();
    };
    document.addEventListener('visibilitychange', hurry);
    return () => {
      reading.stop();
      stopListening();
      document.removeEventListener('visibilitychange', hurry);
    };
  }, [reading, realtime]);

  return <ReadingContext value={reading}>{children}</ReadingContext>;
}

export function useReading(): Reading {
  const reading = use(ReadingContext);
  if (!reading) throw new Error('useReading needs a ReadingProvider');
  return reading;
}

/** A dead line must not keep what is read waiting for ever. */
const patience = 15_000;

/** Over the socket, or over HTTP when the socket gives no answer. */
async function sayRead(realtime: Realtime, me: string, id: string, lastReadMessageId: string): Promise<void> {
  const answer = await realtime.sayRead({ conversationId: id, lastReadMessageId }).catch(() => null);
  if (answer?.ok) return;
  if (answer) throw new ApiError(answer.error);
  await markRead({
    path: { id },
    body: { lastReadMessageId },
    signal: AbortSignal.timeout(patience),
    ...onlyAs(me),
  }).catch((error) => {
    throw toApiError(error);
  });
}
