/** So long a message must have been in sight to count as read. */
const longEnough = 1000;
/** How finely it is noticed how much of a message is in sight. */
const steps = Array.from({ length: 21 }, (_, step) => step / 20);

/**
 * Notices which messages somebody looks at: at least half of one was in sight, or it filled half of what can be seen, for
 * a second, in the window that has the focus. `onSeen` is told the highest number, each time that it grows.
 */
export class Viewing {
  private readonly observer: IntersectionObserver;
  private readonly observed = new Set<HTMLElement>();
  /** Since when each has been in sight. */
  private readonly inSight = new Map<Element, number>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private seen = 0;

  constructor(
    root: HTMLElement,
    private readonly onSeen: (seq: number) => void,
  ) {
    this.observer = new IntersectionObserver((entries) => this.notice(entries), { root, threshold: steps });
    for (const event of lookEvents) window.addEventListener(event, this.look);
    document.addEventListener('visibilitychange', this.look);
  }

  /** These are the messages that are drawn now. */
  show(rows: Iterable<HTMLElement>): void {
    const drawn = new Set(rows);
    for (const row of this.observed) {
      if (drawn.has(row)) continue;
      this.observer.unobserve(row);
      this.observed.delete(row);
      this.inSight.delete(row);
    }
    for (const row of drawn) {
      if (this.observed.has(row)) continue;
      this.observed.add(row);
      this.observer.observe(row);
    }
  }

  stop(): void {
    this.observer.disconnect();
    clearTimeout(this.timer);
    for (const event of lookEvents) window.removeEventListener(event, this.look);
    document.removeEventListener('visibilitychange', this.look);
  }

  private notice(entries: IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting, intersectionRect, boundingClientRect, rootBounds } of entries) {
      const half = Math.min(boundingClientRect.height, rootBounds?.height ?? Number.POSITIVE_INFINITY) / 2;
      if (!isIntersecting || intersectionRect.height < half) this.inSight.delete(target);
      else if (!this.inSight.has(target)) this.inSight.set(target, performance.now());
    }
    this.wait();
  }

  /** Whoever looks here again begins to read only then. */
  private readonly look = (): void => {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const row of this.inSight.keys()) this.inSight.set(row, performance.now());
    this.wait();
  };

  private wait(): void {
    if (this.timer !== undefined || !isLooking()) return;
    const since = Math.min(...this.unread());
    if (since === Number.POSITIVE_INFINITY) return;
    this.timer = setTimeout(() => this.check(), Math.max(0, since + longEnough - performance.now()));
  }

  /** Since when those have been in sight that are beyond what was seen. */
  private *unread(): Iterable<number> {
    for (const [row, since] of this.inSight) if (seqOf(row) > this.seen) yield since;
  }

  private check(): void {
    this.timer = undefined;
    if (!isLooking()) return;
    const before = performance.now() - longEnough + 1;
    const seen = [...this.inSight].filter(([, since]) => since <= before).map(([row]) => seqOf(row));
    const seq = Math.max(0, ...seen);
    if (seq > this.seen) {
      this.seen = seq;
      this.onSeen(seq);
    }
    this.wait();
  }
}

const lookEvents = ['focus', 'blur'] as const;

function isLooking(): boolean {
  return document.visibilityState === 'visible' && document.hasFocus();
}

/** Its number; 0 while it has none. */
function seqOf(row: Element): number {
  return Number(row.getAttribute('data-seq') ?? 0);
}
