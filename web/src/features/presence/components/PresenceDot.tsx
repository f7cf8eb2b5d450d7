import type { PresenceStatus } from '@/api';
import { classes } from '@/ui/classes';
import { usePresence } from '../usePresence';

const looks: Record<PresenceStatus, { color: string; text: string }> = {
  online: { color: 'bg-here', text: 'Online' },
  away: { color: 'bg-away', text: 'Away' },
  offline: { color: 'bg-gone', text: 'Offline' },
};

type Props = {
  userId: string;
  /** What stands beside it says the same in words. */
  silent?: boolean;
};

/** Sits on somebody's picture; nothing while it is not known whether they are here. */
export function PresenceDot({ userId, silent = false }: Props) {
  const presence = usePresence(userId);
  // Who does not let it be seen is offline without a last time.
  if (!presence || (presence.status === 'offline' && !presence.lastSeenAt)) return null;
  const { status } = presence;
  const { color, text } = looks[status];
  return (
    <span
      data-presence={status}
      className={classes('block size-2.5 rounded-full forced-color-adjust-none transition-colors duration-200', color)}
    >
      {!silent && <span className="sr-only">{text}</span>}
    </span>
  );
}
