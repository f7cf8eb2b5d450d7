import { useEffect, useState } from 'react';
import { useRealtime } from '@/realtime';
import { TypingSignal } from './signal';

/** Tells the others in a conversation that we write; that we leave it ends that. */
export function useTypingSignal(conversationId: string): TypingSignal {
  const realtime = useRealtime();
  const [signal] = useState(() => new TypingSignal((event) => realtime.sayTyping(event, conversationId)));
  useEffect(() => () => signal.stop(), [signal]);
  return signal;
}
