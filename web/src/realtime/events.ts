import type { Failure, SubscribedMany } from '@/api';
import type { Asked, Said } from './events.gen';

/** What the server says. */
export type ServerEvents = { [E in keyof Said]: (payload: Said[E]) => void };

/** What we say. A renewed token is answered by an event, all else by the acknowledgement that we wait for. */
export type ClientEvents = {
  auth: (payload: Asked['auth']['payload']) => void;
  subscribe: (payload: Asked['subscribe']['payload'], acknowledge: (answer: SubscribeAnswer) => void) => void;
  'message:send': (payload: Asked['message:send']['payload'], acknowledge: (answer: SendAnswer) => void) => void;
  'typing:start': (payload: Asked['typing:start']['payload']) => void;
  'typing:stop': (payload: Asked['typing:stop']['payload']) => void;
};

type Answer<T> = ({ ok: true } & T) | { ok: false; error: Failure };

/** We always name many. */
export type SubscribeAnswer = Answer<Extract<Asked['subscribe']['answer'], SubscribedMany>>;
export type SendAnswer = Answer<Asked['message:send']['answer']>;
