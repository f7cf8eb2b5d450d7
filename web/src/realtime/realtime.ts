import type {
  Activity,
  ConversationCreated,
  ConversationDeleted,
  ConversationUpdated,
  Message,
  MessageDeleted,
  MessageReceived,
  MessageSendInput,
  ParticipantAdded,
  ParticipantRemoved,
  ParticipantUpdated,
  PresenceUpdate,
  ReadSynced,
  ReceiptCount,
  ReceiptReadInput,
  ReceiptUpdated,
  Subscribed,
  Typing,
  User,
} from '@/api';
import type { ReadAnswer, SendAnswer } from './events';
import { type ChatSocket, openSocket } from './socket';
import { type Known, Sync } from './sync';

/** What features can follow, with what they are told. */
export type RealtimeEvents = {
  'message:received': MessageReceived;
  'message:deleted': MessageDeleted;
  'conversation:created': ConversationCreated;
  'conversation:updated': ConversationUpdated;
  'conversation:deleted': ConversationDeleted;
  'participant:added': ParticipantAdded;
  'participant:updated': ParticipantUpdated;
  'participant:removed': ParticipantRemoved;
  'typing:started': Typing;
  'typing:stopped': Typing;
  'presence:update': PresenceUpdate;
  'receipt:updated': ReceiptUpdated;
  'receipt:count': ReceiptCount;
  'read:synced': ReadSynced;
  /** The server asks whether the line is alive, every 15 seconds, also where timers are slowed down. */
  ping: undefined;
  /** Somebody is called, or looks, like this now. */
  'user:updated': User;
  /** The line is up, for the first time or again; `withMany` when many others come back in the same moment. */
  connected: { withMany: boolean };
  /** A conversation is complete, and stands like this. */
  subscribed: Subscribed;
  /** Fetch the conversation with this id again. */
  reset: string;
  /** We are no member of the conversation with this id any more, or it was deleted. */
  gone: string;
  /** The server's data is another than before: fetch everything again. */
  restarted: undefined;
};

type Listeners = { [E in keyof RealtimeEvents]: Set<(payload: RealtimeEvents[E]) => void> };

const answerTimeout = 10_000;

/** The live line of one session: events in, messages out, holes filled. */
export class Realtime {
  private readonly listeners: Listeners = {
    'message:received': new Set(),
    'message:deleted': new Set(),
    'conversation:created': new Set(),
    'conversation:updated': new Set(),
    'conversation:deleted': new Set(),
    'participant:added': new Set(),
    'participant:updated': new Set(),
    'participant:removed': new Set(),
    'typing:started': new Set(),
    'typing:stopped': new Set(),
    'presence:update': new Set(),
    'receipt:updated': new Set(),
    'receipt:count': new Set(),
    'read:synced': new Set(),
    ping: new Set(),
    'user:updated': new Set(),
    connected: new Set(),
    subscribed: new Set(),
    reset: new Set(),
    gone: new Set(),
    restarted: new Set(),
  };
  private readonly sync = new Sync({
    subscribe: (input) =>
      this.socket?.timeout(answerTimeout).emitWithAck('subscribe', input) ?? Promise.reject(new NotConnected()),
    onSubscribed: (subscription) => this.tell('subscribed', subscription),
    onReset: (conversationId) => this.tell('reset', conversationId),
    onGone: (conversationId) => this.tell('gone', conversationId),
  });
  private socket: ChatSocket | null = null;
  private epoch: string | null = null;

  constructor(private readonly userId: string) {}

  /** Connects; answers how to disconnect. */
  open(): () => void {
    const { socket, close } = openSocket(this.userId, ({ epoch }, withMany) => {
      if (this.epoch !== null && this.epoch !== epoch) {
        this.sync.forget();
        this.tell('restarted', undefined);
      }
      this.epoch = epoch;
      this.sync.connected();
      this.tell('connected', { withMany });
    });
    this.socket = socket;
    socket.on('disconnect', () => this.sync.disconnected());
    this.hear(socket);
    return () => {
      close();
      this.sync.disconnected();
      this.socket = null;
    };
  }

  on<E extends keyof RealtimeEvents>(event: E, listener: (payload: RealtimeEvents[E]) => void): () => void {
    this.listeners[event].add(listener);
    return () => this.listeners[event].delete(listener);
  }

  /** Follows conversations that the list knows; those that are followed already are known better. */
  track(conversations: { id: string; lastSeq: number; lastRev: number; lastMessage: Message | null }[]): void {
    for (const { id, lastSeq, lastRev, lastMessage } of conversations) {
      const lastMessageId = lastMessage?.seq === lastSeq ? lastMessage.id : null;
      this.sync.follow(id, { lastSeq, lastRev, lastMessageId });
    }
  }

  /** Notes how old something is that was fetched: what passed it by on its way is told again. */
  shown(conversationId: string, known: Known): void {
    this.sync.shown(conversationId, known);
  }

  /** Notes a message that is known, so that it is not taken for a hole. */
  noteMessage({ conversationId, seq, id }: Pick<Message, 'conversationId' | 'seq' | 'id'>): void {
    this.sync.received(conversationId, seq, id);
  }

  /** Notes how somebody is now, so that everything that shows them hears of it. */
  noteUser(user: User): void {
    this.tell('user:updated', user);
  }

  /** Sends over the socket; rejects when there is none, or no answer comes in time. */
  sendMessage(input: MessageSendInput): Promise<SendAnswer> {
    if (!this.socket?.connected) return Promise.reject(new NotConnected());
    return this.socket.timeout(answerTimeout).emitWithAck('message:send', input);
  }

  /** Says that we write, or no more. Worth nothing later, so without a line it is not said. */
  sayTyping(event: 'typing:start' | 'typing:stop', conversationId: string): void {
    if (this.socket?.connected) this.socket.emit(event, { conversationId });
  }

  /** Says that we are here, and whether anybody is at this device. */
  beat(status: Activity): void {
    if (this.socket?.connected) this.socket.emit('presence:heartbeat', { status });
  }

  /** Says what is read over the socket; rejects when there is none, or no answer comes in time. */
  sayRead(input: ReceiptReadInput): Promise<ReadAnswer> {
    if (!this.socket?.connected) return Promise.reject(new NotConnected());
    return this.socket.timeout(answerTimeout).emitWithAck('receipt:read', input);
  }

  private hear(socket: ChatSocket): void {
    socket.on('message:received', (event) => {
      this.noteMessage(event.message);
      this.tell('message:received', event);
    });
    socket.on('message:deleted', (event) => this.tellChange('message:deleted', event.conversationId, event));
    socket.on('conversation:created', (event) => {
      this.sync.changed(event.conversation.id, event.rev);
      this.tell('conversation:created', event);
    });
    socket.on('conversation:updated', (event) => this.tellChange('conversation:updated', event.conversation.id, event));
    socket.on('conversation:deleted', (event) => {
      this.tellChange('conversation:deleted', event.conversationId, event);
      this.lose(event.conversationId);
    });
    socket.on('participant:added', (event) => this.tellChange('participant:added', event.conversationId, event));
    socket.on('participant:updated', (event) => this.tellChange('participant:updated', event.conversationId, event));
    socket.on('participant:removed', (event) => {
      this.tellChange('participant:removed', event.conversationId, event);
      if (event.userId === this.userId) this.lose(event.conversationId);
    });
    socket.on('typing:started', (event) => this.tell('typing:started', event));
    socket.on('typing:stopped', (event) => this.tell('typing:stopped', event));
    socket.on('presence:update', (event) => this.tell('presence:update', event));
    socket.on('receipt:updated', (event) => this.tell('receipt:updated', event));
    socket.on('receipt:count', (event) => this.tell('receipt:count', event));
    socket.on('read:synced', (event) => this.tell('read:synced', event));
    socket.io.on('ping', () => this.tell('ping', undefined));
    socket.on('user:updated', ({ user }) => this.noteUser(user));
  }

  private tellChange<E extends keyof RealtimeEvents>(
    event: E,
    conversationId: string,
    payload: RealtimeEvents[E] & { rev: number },
  ): void {
    this.sync.changed(conversationId, payload.rev);
    this.tell(event, payload);
  }

  private lose(conversationId: string): void {
    this.sync.drop(conversationId);
    this.tell('gone', conversationId);
  }

  private tell<E extends keyof RealtimeEvents>(event: E, payload: RealtimeEvents[E]): void {
    for (const listener of this.listeners[event]) listener(payload);
  }
}

class NotConnected extends Error {}
