import { useEffect } from 'react';

const moves = ['pointermove', 'pointerdown', 'keydown'] as const;
/** By then whoever only reads has what they came for, also on a slow line. */
const quietAfter = 10_000;

/** Does something ahead of whatever somebody opens: when they first move, or else in a quiet moment. */
export function useFirstMove(ready: boolean, task: () => void) {
  useEffect(() => {
    if (!ready) return;
    const waiting = new AbortController();
    const start = () => {
      stop();
      task();
    };
    const timer = setTimeout(start, quietAfter);
    const stop = () => {
      clearTimeout(timer);
      waiting.abort();
    };
    for (const move of moves) document.addEventListener(move, start, { signal: waiting.signal, capture: true });
    return stop;
  }, [ready, task]);
}
