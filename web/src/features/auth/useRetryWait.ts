import { useMemo } from 'react';
import { ApiError } from '@/api';
import { useCountdown } from '@/ui/useCountdown';

/** Seconds until it makes sense to try again what failed with `error`; 0 when that is now. */
export function useRetryWait(error: unknown): number {
  const retryAfter = rateLimit(error);
  // biome-ignore lint/correctness/useExhaustiveDependencies: every new error starts its own countdown
  const end = useMemo(() => (retryAfter ? Date.now() + retryAfter * 1000 : 0), [error, retryAfter]);
  return useCountdown(end);
}

/** After how many seconds the server allows another try; null when the error is another one. */
export function rateLimit(error: unknown): number | null {
  return error instanceof ApiError && error.code === 'RATE_LIMITED' ? error.retryAfter : null;
}
