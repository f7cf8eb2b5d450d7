import { useEffect, useReducer } from 'react';

/** Seconds left until `end` (milliseconds since the epoch), counted down each second; 0 when it has passed. */
export function useCountdown(end: number): number {
  const [, tick] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    if (end <= Date.now()) return;
    const timer = setInterval(() => {
      tick();
      if (Date.now() >= end) clearInterval(timer);
    }, 1000);
    return () => clearInterval(timer);
  }, [end]);
  return Math.max(0, Math.ceil((end - Date.now()) / 1000));
}
