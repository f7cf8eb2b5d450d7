/** Others are told again at most this often, */
const renewal = 3000;
/** and that we stopped after so long a rest. */
const rest = 5000;

/** Tells the others that we write: by each change of what we write, and its end. */
export class TypingSignal {
  private writing = false;
  private startedAt = Number.NEGATIVE_INFINITY;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly say: (event: 'typing:start' | 'typing:stop') => void) {}

  wrote(text: string): void {
    if (text.trim() === '') {
      this.stop();
      return;
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.stop(), rest);
    if (performance.now() - this.startedAt < renewal) return;
    this.startedAt = performance.now();
    this.writing = true;
    this.say('typing:start');
  }

  stop(): void {
    clearTimeout(this.timer);
    if (!this.writing) return;
    this.writing = false;
    this.say('typing:stop');
  }
}
