import type { MessageSendInput, SubscribeInput } from '@/api';

type Listener = (payload?: unknown) => void;
type Auth = (show: (auth: unknown) => void) => void;
type Options = { auth: Auth } & Record<string, unknown>;

/** Stands in for the socket: tests play the server. */
class FakeSocket {
  connected = false;
  active = true;
  /** Whether connecting succeeds. */
  reachable = true;
  /** What was sent over it; a send stays open until `answerSend`. */
  sent: MessageSendInput[] = [];
  /** What was said over it that wants no answer, or an answer that the test gives. */
  said: [event: string, payload: unknown][] = [];
  /** How it was made. */
  options: Record<string, unknown> = {};
  /** How often it was told to connect. */
  tries = 0;
  /** The line itself, and what else comes over it. */
  readonly io = {
    engine: { readyState: 'closed' },
    on: (event: string, listener: Listener) => void this.on(`io:${event}`, listener),
  };
  /** What it was last shown to say who connects. */
  shown: unknown;
  private showAuth: Auth = () => {};
  private listeners = new Map<string, Set<Listener>>();
  private answers: ((answer: unknown) => void)[] = [];

  /** What `io` does: a socket for this page. */
  create({ auth, ...options }: Options): this {
    this.showAuth = auth;
    this.options = options;
    return this;
  }

  reset(): void {
    this.connected = false;
    this.reachable = true;
    this.active = true;
    this.tries = 0;
    this.io.engine.readyState = 'closed';
    this.sent = [];
    this.said = [];
    this.answers = [];
    this.listeners.clear();
  }

  on(event: string, listener: Listener): this {
    this.listeners.set(event, (this.listeners.get(event) ?? new Set()).add(listener));
    return this;
  }

  removeAllListeners(): this {
    this.listeners.clear();
    return this;
  }

  connect(): this {
    this.tries += 1;
    this.connected = this.reachable;
    if (this.connected) this.showAuth((auth) => (this.shown = auth));
    return this;
  }

  disconnect(): this {
    this.connected = false;
    return this;
  }

  /** The line breaks, or the server lets go. */
  lose(reason: string): void {
    this.connected = false;
    this.say('disconnect', reason);
  }

  emit(event: string, payload: unknown): void {
    this.said.push([event, payload]);
  }

  timeout() {
    return {
      emitWithAck: (event: string, payload: SubscribeInput | MessageSendInput): Promise<unknown> => {
        if (event === 'subscribe') return Promise.resolve({ ok: true, conversations: [] });
        if ('content' in payload) this.sent.push(payload);
        else this.said.push([event, payload]);
        return new Promise((resolve) => this.answers.push(resolve));
      },
    };
  }

  /** The server says something. */
  say(event: string, payload: unknown): void {
    for (const listener of this.listeners.get(event) ?? []) listener(payload);
  }

  /** The server stores the oldest message that waits for an answer. */
  answerSend(seq: number): void {
    const input = this.sent[seq - 1];
    this.answers.shift()?.({
      ok: true,
      clientMessageId: input?.clientMessageId,
      messageId: `stored-${seq}`,
      conversationId: input?.conversationId,
      seq,
      status: 'delivered',
      timestamp: '2026-03-18T10:00:00.000Z',
      duplicate: false,
    });
  }
}

export const fakeSocket = new FakeSocket();
