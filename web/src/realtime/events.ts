import type { ConversationId, Failure, SubscribedMany, UserId } from '@/api';
import type { Asked, Said } from './events.gen';

/** Somebody writes, or no more. */
export type TypingEvent = { conversationId: ConversationId; userId: UserId; username: string; timestamp: string };

/** What the server says. */
export type ServerEvents = { [E in keyof Said]: (payload: Said[E]) => void } & {
  'typing:started': (payload: TypingEvent) => void;
  'typing:stopped': (payload: TypingEvent) => void;
};

/** What we say. A renewed token is answered by an event, all else by the acknowledgement that we wait for. */
export type ClientEvents = {
  auth: (payload: Asked['auth']['payload']) => void;
  subscribe: (payload: Asked['subscribe']['payload'], acknowledge: (answer: SubscribeAnswer) => void) => void;
  'message:send': (payload: Asked['message:send']['payload'], acknowledge: (answer: SendAnswer) => void) => void;
  'typing:start': (payload: { conversationId: ConversationId }) => void;
  'typing:stop': (payload: { conversationId: ConversationId }) => void;
};

type Answer<T> = ({ ok: true } & T) | { ok: false; error: Failure };

/** We always name many. */
export type SubscribeAnswer = Answer<Extract<Asked['subscribe']['answer'], SubscribedMany>>;
export type SendAnswer = Answer<Asked['message:send']['answer']>;
