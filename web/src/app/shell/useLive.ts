import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { keepSessionFresh } from '@/api';
import { followConversations } from '@/features/conversations';
import { followMessages } from '@/features/messages';
import { useNotifications } from '@/features/notifications';
import { followTyping } from '@/features/typing';
import { followUsers } from '@/features/users';
import { useRealtime } from '@/realtime';

/** Keeps everything true while somebody is logged in, and forgets it all when they leave. */
export function useLive(me: string): void {
  const realtime = useRealtime();
  const queryClient = useQueryClient();

  useEffect(() => {
    const stops = [
      keepSessionFresh(),
      followConversations(realtime, queryClient, me),
      followMessages(realtime, queryClient),
      followUsers(realtime, queryClient),
      followTyping(realtime),
      realtime.on('restarted', () => void queryClient.resetQueries()),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [realtime, queryClient, me]);
  useNotifications(me);
}
