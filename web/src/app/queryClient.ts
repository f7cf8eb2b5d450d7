import { QueryClient } from '@tanstack/react-query';
import { ApiError } from '@/api';
import { backoff } from '@/lib/backoff';

const mostRetries = 3;

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 60_000,
        // Events keep what is shown fresh; looking at the window is no reason to ask again.
        refetchOnWindowFocus: false,
        retry: (failures, error) => error instanceof ApiError && error.retryable && failures < mostRetries,
        retryDelay: (failures, error) =>
          error instanceof ApiError && error.retryAfter ? error.retryAfter * 1000 : backoff(failures),
      },
      // Without a line a form says so at once, instead of waiting for one.
      mutations: { networkMode: 'always' },
    },
  });
}
