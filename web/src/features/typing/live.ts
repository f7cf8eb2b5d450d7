import type { Typing } from '@/api';
import { createStore } from '@/lib/store';
import type { Realtime } from '@/realtime';
import { type Typists, withoutTypist, withTypist } from './typists';

/** A start that is not renewed ends, in case its end got lost. */
const longest = 6000;

export const typists = createStore<Typists>(new Map());

/** Keeps up with who writes while the line is up. Answers how to stop. */
export function followTyping(realtime: Realtime): () => void {
  const timers = new Map<string, ReturnType<typeof setTimeout>>();
  const keyOf = (conversationId: string, userId: string) => `${conversationId} ${userId}`;

  const end = (conversationId: string, userId: string) => {
    clearTimeout(timers.get(keyOf(conversationId, userId)));
    timers.delete(keyOf(conversationId, userId));
    typists.set(withoutTypist(typists.get(), conversationId, userId));
  };
  const begin = ({ conversationId, userId, username }: Typing) => {
    clearTimeout(timers.get(keyOf(conversationId, userId)));
    timers.set(
      keyOf(conversationId, userId),
      setTimeout(() => end(conversationId, userId), longest),
    );
    typists.set(withTypist(typists.get(), conversationId, { userId, username }));
  };

  const stops = [
    realtime.on('typing:started', begin),
    realtime.on('typing:stopped', ({ conversationId, userId }) => end(conversationId, userId)),
    // What they wrote is there.
    realtime.on('message:received', ({ message }) => end(message.conversationId, message.senderId)),
    realtime.on('participant:removed', ({ conversationId, userId }) => end(conversationId, userId)),
  ];
  return () => {
    for (const stop of stops) stop();
    for (const timer of timers.values()) clearTimeout(timer);
    typists.set(new Map());
  };
}
