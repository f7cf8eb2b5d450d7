import { ApiError, type ApiErrorCode, type Message } from '@/api';
import { backoff } from '@/lib/backoff';
import { withLock } from '@/lib/locks';
import { createStore } from '@/lib/store';
import { uuid } from '@/lib/uuid';
import { loadEntries, saveEntries } from './outboxStorage';

/** A message that is not known to be stored yet. */
export type OutboxEntry = {
  clientMessageId: string;
  conversationId: string;
  content: string;
  /** The message that it answers. */
  replyToId: string | null;
  createdAt: string;
  /** Why it will not be sent unless asked again. */
  failure: ApiErrorCode | null;
};

type Options = {
  userId: string;
  /** Resolves with the message once it is stored; rejects with an `ApiError`. */
  send: (entry: OutboxEntry) => Promise<Message>;
  /** A message was stored, by this tab or another one. */
  onSent: (message: Message) => void;
};

type News = { kind: 'changed' } | { kind: 'sent'; message: Message };

/**
 * Sends messages in the order they were written, one at a time per conversation and by one tab at a time, until each
 * is stored or refused for good. The client id makes repeating safe: the server stores a message once.
 */
export class Outbox {
  private readonly store = createStore<OutboxEntry[]>([]);
  private readonly pumping = new Set<string>();
  private readonly sleepers = new Set<() => void>();
  private channel: BroadcastChannel | null = null;

  constructor(private readonly options: Options) {
    this.store.set(loadEntries(options.userId));
  }

  /** Begins to send; answers how to stop. */
  start(): () => void {
    const channel = new BroadcastChannel(`trice.outbox.${this.options.userId}`);
    channel.onmessage = ({ data }: MessageEvent<News>) => this.hear(data);
    this.channel = channel;
    this.wake();
    return () => {
      channel.close();
      this.channel = null;
      this.wake();
    };
  }

  readonly get = () => this.store.get();
  readonly subscribe = (listener: () => void) => this.store.subscribe(listener);

  add(conversationId: string, content: string, replyToId: string | null = null): void {
    const entry = {
      clientMessageId: uuid(),
      conversationId,
      content,
      replyToId,
      createdAt: new Date().toISOString(),
      failure: null,
    };
    this.change((entries) => [...entries, entry]);
    void this.pump(conversationId);
  }

  /** Sends a refused message again, in its old place. */
  retry(clientMessageId: string): void {
    this.setFailure(clientMessageId, null);
    this.pumpAll();
  }

  /** Gives a refused message up. What was written after it goes on. */
  remove(clientMessageId: string): void {
    this.drop(clientMessageId);
    this.pumpAll();
  }

  /** The line may be back: whoever waits for it tries again now. */
  wake(): void {
    for (const wake of this.sleepers) wake();
    this.pumpAll();
  }

  private pumpAll(): void {
    for (const { conversationId } of this.get()) void this.pump(conversationId);
  }

  private async pump(conversationId: string): Promise<void> {
    if (this.pumping.has(conversationId)) return;
    this.pumping.add(conversationId);
    const lock = `trice.outbox.${this.options.userId}.${conversationId}`;
    for (let attempt = 0; this.next(conversationId); ) {
      // The lock is not held while waiting: a hidden tab's timers are slow, and another tab may do better.
      const outcome = await withLock(lock, () => this.sendNext(conversationId));
      if (outcome === 'done') attempt = 0;
      else if (outcome.retryAfter) await this.sleep(outcome.retryAfter * 1000);
      else await this.sleepUntilWoken(backoff(attempt++));
    }
    this.pumping.delete(conversationId);
  }

  /** The oldest one. Behind one that was refused all others wait, because they were written after it. */
  private next(conversationId: string): OutboxEntry | undefined {
    if (!this.channel) return undefined;
    const oldest = this.get().find((entry) => entry.conversationId === conversationId);
    return oldest?.failure ? undefined : oldest;
  }

  private async sendNext(conversationId: string): Promise<'done' | { retryAfter: number | null }> {
    // Another tab may have sent it while we waited for our turn.
    this.change((entries) => entries);
    const entry = this.next(conversationId);
    if (!entry) return 'done';
    try {
      this.settle(await this.options.send(entry));
      return 'done';
    } catch (error) {
      if (!(error instanceof ApiError)) return { retryAfter: null };
      // That nobody is logged in any more is no fault of the message: it waits for its author.
      if (error.retryable || error.isAboutSession) return { retryAfter: error.retryAfter };
      this.setFailure(entry.clientMessageId, error.code);
      return 'done';
    }
  }

  private settle(message: Message): void {
    this.tell({ kind: 'sent', message });
    // First in, then out: the bubble is there at every moment.
    this.options.onSent(message);
    this.drop(message.clientMessageId);
  }

  private drop(clientMessageId: string): void {
    this.change((entries) => entries.filter((entry) => entry.clientMessageId !== clientMessageId));
  }

  private setFailure(clientMessageId: string, failure: ApiErrorCode | null): void {
    this.change((entries) =>
      entries.map((entry) => (entry.clientMessageId === clientMessageId ? { ...entry, failure } : entry)),
    );
  }

  /** Changes what is stored now, not what this tab last saw: other tabs write there, too. */
  private change(update: (entries: OutboxEntry[]) => OutboxEntry[]): void {
    const before = loadEntries(this.options.userId);
    const after = update(before);
    if (after !== before) {
      saveEntries(this.options.userId, after);
      this.tell({ kind: 'changed' });
    }
    this.store.set(after);
  }

  private tell(news: News): void {
    this.channel?.postMessage(news);
  }

  private hear(news: News): void {
    if (news.kind === 'sent') this.options.onSent(news.message);
    this.store.set(loadEntries(this.options.userId));
    // Queue up for the lock, in case the tab that wrote it goes away. Without locks only that tab sends.
    if (navigator.locks) this.pumpAll();
  }

  private sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
  }

  private sleepUntilWoken(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, milliseconds);
      this.sleepers.add(wake);
    });
  }
}
