// Written by `make gen` from the server's tables of events.
import type {
  AuthError,
  AuthInput,
  AuthSuccess,
  ConversationCreated,
  ConversationDeleted,
  ConversationUpdated,
  EventError,
  MessageDeleted,
  MessageError,
  MessageReceived,
  MessageSendInput,
  MessageSent,
  ParticipantAdded,
  ParticipantRemoved,
  ParticipantUpdated,
  PresenceHeartbeatInput,
  PresenceUpdate,
  ReadSynced,
  ReceiptCount,
  ReceiptReadInput,
  ReceiptUpdated,
  SubscribeInput,
  Subscribed,
  SubscribedMany,
  Typing,
  TypingInput,
  UnsubscribeInput,
  Unsubscribed,
  UserUpdated,
} from '@/api';

/** What the server says, and what it carries. */
export type Said = {
  'message:received': MessageReceived;
  'message:deleted': MessageDeleted;
  'conversation:created': ConversationCreated;
  'conversation:updated': ConversationUpdated;
  'conversation:deleted': ConversationDeleted;
  'participant:added': ParticipantAdded;
  'participant:updated': ParticipantUpdated;
  'participant:removed': ParticipantRemoved;
  'user:updated': UserUpdated;
  'receipt:updated': ReceiptUpdated;
  'receipt:count': ReceiptCount;
  'read:synced': ReadSynced;
  'typing:started': Typing;
  'typing:stopped': Typing;
  'presence:update': PresenceUpdate;
  'auth:success': AuthSuccess;
  subscribed: Subscribed;
  unsubscribed: Unsubscribed;
  'message:sent': MessageSent;
  'auth:error': AuthError;
  error: EventError;
  'message:error': MessageError;
};

/** What clients ask: what it carries, and what answers it on the acknowledgement. */
export type Asked = {
  auth: { payload: AuthInput; answer: AuthSuccess };
  subscribe: { payload: SubscribeInput; answer: Subscribed | SubscribedMany };
  unsubscribe: { payload: UnsubscribeInput; answer: Unsubscribed };
  'message:send': { payload: MessageSendInput; answer: MessageSent };
  'receipt:read': { payload: ReceiptReadInput; answer: object };
  'typing:start': { payload: TypingInput; answer: object };
  'typing:stop': { payload: TypingInput; answer: object };
  'presence:heartbeat': { payload: PresenceHeartbeatInput; answer: object };
};
