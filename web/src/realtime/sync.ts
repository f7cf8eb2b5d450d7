import type { Subscribed, SubscribeInput, Subscription, SubscriptionRefused } from '@/api';
import { backoff } from '@/lib/backoff';
import type { SubscribeAnswer } from './events';

/** Up to where a conversation is known: the newest message, and the newest other change. */
export type Known = { lastSeq: number; lastRev: number; lastMessageId?: string | null };

type Options = {
  /** Asks the server; rejects when no answer comes. */
  subscribe: (input: SubscribeInput) => Promise<SubscribeAnswer>;
  /** Everything missed has been replayed; this is how things stand. */
  onSubscribed: (subscription: Subscribed) => void;
  /** Too much is missing to be replayed, or what is known is wrong: fetch the conversation again. */
  onReset: (conversationId: string) => void;
  /** We are no member any more. */
  onGone: (conversationId: string) => void;
};

type Conversation = {
  /** Everything up to this `seq` is known. */
  seq: number;
  /** The message at `seq`; null when it is not known which one that is. */
  messageId: string | null;
  /** Messages that are known beyond a hole, by their `seq`. */
  messagesAhead: Map<number, string>;
  /** Every other change up to this `rev` is known. */
  rev: number;
  /** Changes that are known beyond a hole. */
  changesAhead: Set<number>;
  /** The `rev` that came last since we asked: a replay goes by `rev`, so it is how far that has come, if it has begun. */
  replayedRev: number | null;
  /** A hole is being waited for or filled. */
  recovering: boolean;
};

/** News may overtake each other for a moment; only a hole that stays is worth a question. */
const holePatience = 500;
const mostPerCall = 500;
/** Beyond this, of messages or of changes, reading the newest page again is cheaper than a replay of everything. */
const mostReplayed = 1000;

/** Knows up to where each conversation is complete, subscribes to it, and has holes filled. */
export class Sync {
  private readonly conversations = new Map<string, Conversation>();
  private readonly wanted = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts connections, so that an answer that was meant for an earlier one is not taken for this one's; 0 without. */
  private connection = 0;
  private connections = 0;
  private failures = 0;

  constructor(private readonly options: Options) {}

  /** Follows a conversation that is new here. One that is followed is known better from its events. */
  follow(conversationId: string, known: Known): void {
    if (this.conversations.has(conversationId)) return;
    this.conversations.set(conversationId, unbroken(known));
    this.want(conversationId);
  }

  /**
   * Something that was fetched is as old as this. Whatever came by event while it was on its way passed it by, and is
   * asked for again: what shows least decides.
   */
  shown(conversationId: string, known: Known): void {
    const conversation = this.conversations.get(conversationId);
    if (conversation && conversation.seq <= known.lastSeq && conversation.rev <= known.lastRev) return;
    const oldest = conversation
      ? { lastSeq: Math.min(conversation.seq, known.lastSeq), lastRev: Math.min(conversation.rev, known.lastRev) }
      : known;
    // A new object: an answer that is under way says nothing about it.
    this.conversations.set(conversationId, unbroken(oldest));
    this.want(conversationId);
  }

  /** Notes that a message is known, whichever way it came. */
  received(conversationId: string, seq: number, messageId: string): void {
    const conversation = this.conversations.get(conversationId);
    if (!conversation || seq <= conversation.seq) return;
    conversation.messagesAhead.set(seq, messageId);
    advance(conversation);
    this.watchForHole(conversationId, conversation);
  }

  /** Notes that another change is known. */
  changed(conversationId: string, rev: number): void {
    const conversation = this.conversations.get(conversationId);
    if (!conversation) return;
    conversation.replayedRev = rev;
    if (rev <= conversation.rev) return;
    conversation.changesAhead.add(rev);
    advance(conversation);
    this.watchForHole(conversationId, conversation);
  }

  /** Stops following: it is gone, or we are no member. */
  drop(conversationId: string): void {
    this.conversations.delete(conversationId);
    this.wanted.delete(conversationId);
  }

  connected(): void {
    this.connections += 1;
    this.connection = this.connections;
    for (const [conversationId, conversation] of this.conversations) {
      conversation.recovering = false;
      this.want(conversationId);
    }
  }

  disconnected(): void {
    this.connection = 0;
    this.wanted.clear();
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  forget(): void {
    this.conversations.clear();
    this.wanted.clear();
  }

  private watchForHole(conversationId: string, conversation: Conversation): void {
    if (!hasHole(conversation) || conversation.recovering) return;
    conversation.recovering = true;
    setTimeout(() => {
      if (hasHole(conversation)) this.want(conversationId);
      else conversation.recovering = false;
    }, holePatience);
  }

  private want(conversationId: string, wait = 0): void {
    if (!this.connection) return;
    this.wanted.add(conversationId);
    this.timer ??= setTimeout(() => this.subscribe(), wait);
  }

  /** Asks for all that are wanted in one call, because calls are counted. */
  private async subscribe(): Promise<void> {
    const { connection } = this;
    const batch = [...this.wanted].slice(0, mostPerCall);
    for (const conversationId of batch) this.wanted.delete(conversationId);
    this.timer = this.wanted.size > 0 ? setTimeout(() => this.subscribe()) : undefined;

    const asked = new Map<string, Conversation>();
    for (const conversationId of batch) {
      const conversation = this.conversations.get(conversationId);
      if (!conversation) continue;
      conversation.recovering = true;
      conversation.replayedRev = null;
      asked.set(conversationId, conversation);
    }
    if (asked.size === 0) return;

    const conversations = [...asked].map(([conversationId, conversation]) => question(conversationId, conversation));
    const answer = await this.options.subscribe({ conversations }).catch(() => null);
    if (connection !== this.connection) return;
    if (answer?.ok) {
      this.failures = 0;
      for (const result of answer.conversations) {
        const conversation = asked.get(result.conversationId);
        // What was asked for a second time meanwhile has its answer still to come.
        if (conversation && this.conversations.get(result.conversationId) === conversation) {
          this.settle(conversation, result, result.conversationId === conversations[0]?.conversationId);
        }
      }
    } else {
      const wait = this.waitAfterFailure(answer?.error.retryAfter);
      for (const { conversationId } of conversations) this.want(conversationId, wait);
    }
  }

  private settle(conversation: Conversation, result: Subscribed | SubscriptionRefused, first: boolean): void {
    const { conversationId } = result;
    conversation.recovering = false;
    if ('error' in result) {
      this.refused(conversationId, result.error);
      return;
    }
    const missing = Math.max(result.seq - conversation.seq, result.rev - conversation.rev);
    if (result.truncated && !result.reset && missing <= mostReplayed) {
      // Only the first one of a call certainly had its turn. In another, what came may have been live, from beyond what
      // is missing; it is first in one of the next calls.
      if (first) conversation.rev = conversation.replayedRev ?? conversation.rev;
      this.want(conversationId);
      return;
    }
    if (result.reset || result.truncated) {
      this.conversations.set(conversationId, unbroken({ lastSeq: result.seq, lastRev: result.rev }));
      this.options.onReset(conversationId);
    } else {
      if (conversation.seq < result.seq) Object.assign(conversation, { seq: result.seq, messageId: null });
      conversation.rev = Math.max(conversation.rev, result.rev);
      advance(conversation);
      this.watchForHole(conversationId, conversation);
    }
    this.options.onSubscribed(result);
  }

  private refused(conversationId: string, error: SubscriptionRefused['error']): void {
    if (error.retryable) {
      this.want(conversationId, this.waitAfterFailure(error.retryAfter));
    } else {
      this.drop(conversationId);
      this.options.onGone(conversationId);
    }
  }

  private waitAfterFailure(retryAfter: number | null | undefined): number {
    return retryAfter ? retryAfter * 1000 : backoff(this.failures++);
  }
}

function unbroken({ lastSeq, lastRev, lastMessageId = null }: Known): Conversation {
  return {
    seq: lastSeq,
    messageId: lastMessageId,
    messagesAhead: new Map(),
    rev: lastRev,
    changesAhead: new Set(),
    replayedRev: null,
    recovering: false,
  };
}

/** With the message at the head, so that the server sees when its data is another than before. */
function question(conversationId: string, { seq, messageId, rev }: Conversation): Subscription {
  return { conversationId, lastSeq: seq, lastRev: rev, ...(messageId && { lastMessageId: messageId }) };
}

function hasHole({ messagesAhead, changesAhead }: Conversation): boolean {
  return messagesAhead.size > 0 || changesAhead.size > 0;
}

/** Moves the heads over everything that follows them without a hole. */
function advance(conversation: Conversation): void {
  const { messagesAhead, changesAhead } = conversation;
  for (const seq of messagesAhead.keys()) if (seq <= conversation.seq) messagesAhead.delete(seq);
  for (let next = messagesAhead.get(conversation.seq + 1); next; next = messagesAhead.get(conversation.seq + 1)) {
    conversation.seq += 1;
    conversation.messageId = next;
    messagesAhead.delete(conversation.seq);
  }
  for (const rev of changesAhead) if (rev <= conversation.rev) changesAhead.delete(rev);
  while (changesAhead.delete(conversation.rev + 1)) conversation.rev += 1;
}
