import type {
  AuthError,
  AuthInput,
  AuthSuccess,
  ConversationCreated,
  Failure,
  MessageReceived,
  MessageSendInput,
  MessageSent,
  Subscribed,
  SubscribeInput,
  UserUpdated,
} from '@/api';

/** What the server says without being asked. */
export type ServerEvents = {
  'auth:success': (payload: AuthSuccess) => void;
  'auth:error': (payload: AuthError) => void;
  'message:received': (payload: MessageReceived) => void;
  'conversation:created': (payload: ConversationCreated) => void;
  'user:updated': (payload: UserUpdated) => void;
};

/** What we say, with the acknowledgement that we wait for. */
export type ClientEvents = {
  auth: (payload: AuthInput) => void;
  subscribe: (payload: SubscribeInput, acknowledge: (answer: SubscribeAnswer) => void) => void;
  'message:send': (payload: MessageSendInput, acknowledge: (answer: SendAnswer) => void) => void;
};

type Answer<T> = ({ ok: true } & T) | { ok: false; error: Failure };

/** The state of a conversation after everything missed was replayed. */
export type SubscriptionState = Omit<Subscribed, 'timestamp'>;
export type SubscriptionRefused = { conversationId: string; error: Failure };

export type SubscribeAnswer = Answer<{ conversations: (SubscriptionState | SubscriptionRefused)[] }>;
export type SendAnswer = Answer<MessageSent>;
