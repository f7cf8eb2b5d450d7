import type { ConversationCreated, Message, MessageReceived, MessageSendInput, Subscribed, User } from '@/api';
import type { SendAnswer } from './events';
import { type ChatSocket, openSocket } from './socket';
import { Sync } from './sync';

/** What features can follow, with what they are told. */
export type RealtimeEvents = {
  'message:received': MessageReceived;
  'conversation:created': ConversationCreated;
  /** Somebody is called, or looks, like this now. */
  'user:updated': User;
  /** The line is up, for the first time or again. */
  connected: undefined;
  /** A conversation is complete, and stands like this. */
  subscribed: Subscribed;
  /** Fetch the conversation with this id again. */
  reset: string;
  /** We are no member of the conversation with this id any more. */
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
    'conversation:created': new Set(),
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
    const { socket, close } = openSocket(this.userId, ({ epoch }) => {
      if (this.epoch !== null && this.epoch !== epoch) {
        this.sync.forget();
        this.tell('restarted', undefined);
      }
      this.epoch = epoch;
      this.sync.connected();
      this.tell('connected', undefined);
    });
    this.socket = socket;
    socket.on('disconnect', () => this.sync.disconnected());
    socket.on('message:received', (event) => {
      this.noteMessage(event.message);
      this.tell('message:received', event);
    });
    socket.on('conversation:created', (event) => this.tell('conversation:created', event));
    socket.on('user:updated', ({ user }) => this.noteUser(user));
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

  /** Follows conversations, each from the newest message that is known of it. */
  track(conversations: { id: string; lastSeq: number }[]): void {
    for (const { id, lastSeq } of conversations) this.sync.track(id, lastSeq);
  }

  /** Notes a message that is known, so that it is not taken for a hole. */
  noteMessage({ conversationId, seq }: Pick<Message, 'conversationId' | 'seq'>): void {
    this.sync.received(conversationId, seq);
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

  private tell<E extends keyof RealtimeEvents>(event: E, payload: RealtimeEvents[E]): void {
    for (const listener of this.listeners[event]) listener(payload);
  }
}

class NotConnected extends Error {}
