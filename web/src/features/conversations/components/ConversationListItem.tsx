import { type ComponentType, memo, type ReactNode, useEffect, useState } from 'react';
import { NavLink } from 'react-router';
import type { Conversation } from '@/api';
import { formatAgo } from '@/lib/dates';
import { classes } from '@/ui/classes';
import { conversationName } from '../names';
import { ConversationAvatar } from './ConversationAvatar';
import { LastMessage } from './LastMessage';

type Props = {
  conversation: Conversation;
  me: string;
  now: Date;
  /** The person is looking at this very conversation: what comes is news only when it is not read soon. */
  seen: boolean;
  /** Whether Tab leads here: arrow keys lead to the others. */
  tabStop: boolean;
  /** Where this was opened from, for the way back. */
  from: string;
  /** Shows what is more to the point than the last message, like a draft, or else its children. */
  Note: ComponentType<{ conversation: Conversation; children: ReactNode }>;
};

export const ConversationListItem = memo(function ConversationListItem(props: Props) {
  const { conversation, me, now, seen, tabStop, from, Note } = props;
  const unread = useLastingUnread(conversation.unreadCount, seen);
  return (
    <NavLink
      to={`/c/${conversation.id}`}
      state={{ from }}
      tabIndex={tabStop ? 0 : -1}
      data-conversation={conversation.id}
      className={({ isActive }) =>
        classes(
          'flex min-h-16 items-center gap-3 rounded-2xl px-3 py-2.5 -outline-offset-2 transition-colors duration-150',
          isActive ? 'bg-selected' : 'hover:bg-hover',
        )
      }
    >
      <ConversationAvatar conversation={conversation} me={me} />
      <span className="min-w-0 flex-1">
        <span className="flex items-baseline gap-2">
          {/* Read in its own direction, but always at the row's start. */}
          <span dir="auto" className="min-w-0 flex-1 truncate text-left font-medium">
            {conversationName(conversation, me)}
          </span>
          <time
            dateTime={conversation.updatedAt}
            className={classes('shrink-0 text-xs', unread > 0 ? 'font-medium text-accent-ink' : 'text-soft')}
          >
            {formatAgo(new Date(conversation.updatedAt), now)}
          </time>
        </span>
        <span className="flex items-center gap-2">
          <span
            className={classes(
              'flex min-w-0 flex-1 gap-1 text-sm whitespace-pre',
              unread > 0 ? 'font-medium text-ink' : 'text-soft',
            )}
          >
            <Note conversation={conversation}>
              <LastMessage conversation={conversation} me={me} />
            </Note>
          </span>
          {unread > 0 && <UnreadBadge count={unread} />}
        </span>
      </span>
    </NavLink>
  );
});

/** Within this, what somebody looks at is read. */
const soon = 3000;

/** How many are unread; what comes while one looks at it counts when it stays so. */
function useLastingUnread(count: number, seen: boolean): number {
  const [shown, setShown] = useState(count);
  if (shown !== count && (!seen || count < shown)) setShown(count);
  useEffect(() => {
    if (shown === count) return;
    const timer = setTimeout(() => setShown(count), soon);
    return () => clearTimeout(timer);
  }, [shown, count]);
  return Math.min(shown, count);
}

function UnreadBadge({ count }: { count: number }) {
  return (
    <span className="inline-flex h-5 min-w-5 shrink-0 items-center justify-center rounded-full bg-accent px-1.5 text-xs font-semibold text-on-accent tabular-nums">
      {count > 99 ? '99+' : count}
      <span className="sr-only"> unread</span>
    </span>
  );
}
