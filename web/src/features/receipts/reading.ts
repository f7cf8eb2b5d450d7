import { ApiError } from '@/api';
import { backoff } from '@/lib/backoff';

/** Everything up to this message is read. */
export type Position = { seq: number; messageId: string };

/** What is read within this time is said at once. */
const together = 1000;

/**
 * Says how far somebody has read: the newest position of each conversation, one conversation after the other, again and
 * again until the server has taken it.
 */
export class Reading {
  private readonly positions = new Map<string, Position>();
  private readonly unsaid = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private saying = false;
  private failures = 0;

  constructor(private readonly say: (conversationId: string, messageId: string) => Promise<void>) {}

  /** Forward only. */
  moveTo(conversationId: string, position: Position): void {
    if (position.seq <= (this.positions.get(conversationId)?.seq ?? 0)) return;
    this.positions.set(conversationId, position);
    this.unsaid.add(conversationId);
    this.timer ??= setTimeout(() => this.run(), together);
  }

  /** Says everything again: a server that broke down may have forgotten the last seconds. */
  repeat(): void {
    for (const conversationId of this.positions.keys()) this.unsaid.add(conversationId);
    this.hurry();
  }

  /** Says at once what waits to be said: there may be no later. */
  hurry(): void {
    if (this.unsaid.size > 0) void this.run();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.unsaid.clear();
  }

  private async run(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.saying) return;
    this.saying = true;
    for (const conversationId of this.unsaid) {
      const position = this.positions.get(conversationId);
      this.unsaid.delete(conversationId);
      if (!position) continue;
      try {
        await this.say(conversationId, position.messageId);
        this.failures = 0;
      } catch (error) {
        if (error instanceof ApiError && !error.retryable) {
          this.positions.delete(conversationId);
          continue;
        }
        this.unsaid.add(conversationId);
        const retryAfter = error instanceof ApiError ? error.retryAfter : null;
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.run(), retryAfter ? retryAfter * 1000 : backoff(this.failures++));
        break;
      }
    }
    this.saying = false;
  }
}
