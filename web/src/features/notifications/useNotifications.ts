import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useNavigate } from 'react-router';
import { useRealtime } from '@/realtime';
import { followNotifications } from './live';
import { useFavicon } from './useFavicon';

/** Tells of what comes while somebody looks elsewhere, for as long as they are logged in. */
export function useNotifications(me: string): void {
  const realtime = useRealtime();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  // Another one after each move, which is no reason to stop listening.
  const go = useRef(navigate);
  useEffect(() => {
    go.current = navigate;
  }, [navigate]);
  useEffect(
    () => followNotifications(realtime, queryClient, me, (id) => void go.current(`/c/${id}`)),
    [realtime, queryClient, me],
  );
  useFavicon();
}
