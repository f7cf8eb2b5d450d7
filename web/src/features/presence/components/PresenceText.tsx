import type { ReactNode } from 'react';
import { formatLastSeen } from '@/lib/dates';
import { useNow } from '@/ui/useNow';
import type { Known } from '../presences';
import { usePresence } from '../usePresence';

/** Whether somebody is here, in words, or else its children. */
export function PresenceText({ userId, children }: { userId: string; children: ReactNode }) {
  const presence = usePresence(userId);
  const now = useNow();
  return presenceText(presence, now) ?? children;
}

/** "Online", "Away", "Last seen 5 minutes ago"; null for who does not let it be seen. */
export function presenceText(presence: Known | undefined, now: Date): string | null {
  if (presence?.status === 'online') return 'Online';
  if (presence?.status === 'away') return 'Away';
  return presence?.lastSeenAt ? `Last seen ${formatLastSeen(new Date(presence.lastSeenAt), now)}` : null;
}
