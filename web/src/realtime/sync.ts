import type { Subscribed, SubscribeInput, SubscriptionRefused } from '@/api';
import { backoff } from '@/lib/backoff';
import type { SubscribeAnswer } from './events';

type Options = {
  /** Asks the server; rejects when no answer comes. */
  subscribe: (input: SubscribeInput) => Promise<SubscribeAnswer>;
  /** Everything missed has been replayed; this is how things stand. */
  onSubscribed: (subscription: Subscribed) => void;
  /** More is missing than can be replayed, or what is known is wrong: fetch the conversation again. */
  onReset: (conversationId: string) => void;
  /** We are no member any more. */
  onGone: (conversationId: string) => void;
};

type Conversation = {
  /** Everything up to this `seq` is known. */
  head: number;
  /** What is known beyond a hole. */
  ahead: Set<number>;
  /** A hole is being waited for or filled. */
  recovering: boolean;
};

/** Messages may overtake each other for a moment; only a hole that stays is worth a question. */
const holePatience = 500;
const mostPerCall = 500;

/** Knows up to which `seq` each conversation is complete, subscribes to it, and has holes filled. */
export class Sync {
  private readonly conversations = new Map<string, Conversation>();
  private readonly wanted = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private online = false;
  private failures = 0;

  constructor(private readonly options: Options) {}

  /**
   * Follows a conversation of which something shows everything up to `lastSeq`. What shows least decides: a fresher
   * list must not hide what an older history still misses.
   */
  track(conversationId: string, lastSeq: number): void {
    const known = this.conversations.get(conversationId);
    if (known && known.head <= lastSeq) return;
    this.conversations.set(conversationId, { head: lastSeq, ahead: new Set(), recovering: false });
    this.want(conversationId);
  }

  /** Notes that a message is known, whichever way it came. */
  received(conversationId: string, seq: number): void {
    const conversation = this.conversations.get(conversationId);
    if (!conversation || seq <= conversation.head) return;
    conversation.ahead.add(seq);
    advance(conversation);
    this.watchForHole(conversationId, conversation);
  }

  connected(): void {
    this.online = true;
    for (const [conversationId, conversation] of this.conversations) {
      conversation.recovering = false;
      this.want(conversationId);
    }
  }

  disconnected(): void {
    this.online = false;
    this.wanted.clear();
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  forget(): void {
    this.conversations.clear();
    this.wanted.clear();
  }

  private watchForHole(conversationId: string, conversation: Conversation): void {
    if (conversation.ahead.size === 0 || conversation.recovering) return;
    conversation.recovering = true;
    setTimeout(() => {
      if (conversation.ahead.size > 0) this.want(conversationId);
      else conversation.recovering = false;
    }, holePatience);
  }

  private want(conversationId: string, wait = 0): void {
    if (!this.online) return;
    this.wanted.add(conversationId);
    this.timer ??= setTimeout(() => this.subscribe(), wait);
  }

  /** Asks for all that are wanted in one call, because calls are counted. */
  private async subscribe(): Promise<void> {
    const batch = [...this.wanted].slice(0, mostPerCall);
    for (const conversationId of batch) this.wanted.delete(conversationId);
    this.timer = this.wanted.size > 0 ? setTimeout(() => this.subscribe()) : undefined;

    const conversations = batch.flatMap((conversationId) => {
      const conversation = this.conversations.get(conversationId);
      return conversation ? [{ conversationId, lastSeq: conversation.head }] : [];
    });
    if (conversations.length === 0) return;

    const answer = await this.options.subscribe({ conversations }).catch(() => null);
    if (answer?.ok) {
      this.failures = 0;
      for (const result of answer.conversations) this.settle(result);
    } else {
      const wait = this.waitAfterFailure(answer?.error.retryAfter);
      for (const { conversationId } of conversations) this.want(conversationId, wait);
    }
  }

  private settle(result: Subscribed | SubscriptionRefused): void {
    const { conversationId } = result;
    const conversation = this.conversations.get(conversationId);
    if (!conversation) return;
    if ('error' in result) {
      this.refused(conversationId, result.error);
      return;
    }
    conversation.head = result.reset ? result.seq : Math.max(conversation.head, result.seq);
    conversation.recovering = false;
    advance(conversation);
    this.watchForHole(conversationId, conversation);
    if (result.reset || result.truncated) this.options.onReset(conversationId);
    this.options.onSubscribed(result);
  }

  private refused(conversationId: string, error: SubscriptionRefused['error']): void {
    if (error.retryable) {
      this.want(conversationId, this.waitAfterFailure(error.retryAfter));
    } else {
      this.conversations.delete(conversationId);
      this.options.onGone(conversationId);
    }
  }

  private waitAfterFailure(retryAfter: number | null | undefined): number {
    return retryAfter ? retryAfter * 1000 : backoff(this.failures++);
  }
}

/** Moves the head over everything that follows it without a hole. */
function advance(conversation: Conversation): void {
  const { ahead } = conversation;
  while (ahead.delete(conversation.head + 1)) conversation.head += 1;
  for (const seq of ahead) if (seq <= conversation.head) ahead.delete(seq);
}
