import { QueryClientProvider } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { session } from '@/api';
import { useSession } from '@/features/auth';
import { createQueryClient } from './queryClient';

/**
 * Gives everybody who logs in here a cache of their own, and nobody, too. An answer that was asked for in one person's
 * name and comes late finds no way into what the next one sees.
 */
export function PersonScope({ children }: { children: ReactNode }) {
  const userId = useSession()?.userId ?? null;
  return (
    <Scope key={userId} userId={userId}>
      {children}
    </Scope>
  );
}

function Scope({ userId, children }: { userId: string | null; children: ReactNode }) {
  const [queryClient] = useState(createQueryClient);
  useEffect(
    () => () => {
      // In development React takes everything down once without anybody leaving.
      if ((session.get()?.userId ?? null) !== userId) queryClient.clear();
    },
    [queryClient, userId],
  );
  return <QueryClientProvider client={queryClient}>{children}</QueryClientProvider>;
}
