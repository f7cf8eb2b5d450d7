import { NavLink } from 'react-router';
import type { Conversation } from '@/api';
import { formatShort } from '@/lib/dates';
import { classes } from '@/ui/classes';
import { conversationName, previewText } from '../names';
import { ConversationAvatar } from './ConversationAvatar';

type Props = {
  conversation: Conversation;
  me: string;
  now: Date;
  /** The person is looking at this very conversation: nothing in it is news. */
  seen: boolean;
};

export function ConversationListItem({ conversation, me, now, seen }: Props) {
  const unread = seen ? 0 : conversation.unreadCount;
  return (
    <NavLink
      to={`/c/${conversation.id}`}
      className={({ isActive }) =>
        classes(
          'flex items-center gap-3 rounded-2xl px-3 py-2.5 transition-colors duration-150',
          isActive ? 'bg-selected' : 'hover:bg-hover',
        )
      }
    >
      <ConversationAvatar conversation={conversation} me={me} />
      <span className="min-w-0 flex-1">
        <span className="flex items-baseline gap-2">
          <span dir="auto" className="min-w-0 flex-1 truncate font-medium">
            {conversationName(conversation, me)}
          </span>
          <time
            dateTime={conversation.updatedAt}
            className={classes('shrink-0 text-xs', unread > 0 ? 'font-medium text-accent-ink' : 'text-soft')}
          >
            {formatShort(new Date(conversation.updatedAt), now)}
          </time>
        </span>
        <span className="flex items-center gap-2">
          <span
            dir="auto"
            className={classes('min-w-0 flex-1 truncate text-sm', unread > 0 ? 'font-medium text-ink' : 'text-soft')}
          >
            {previewText(conversation, me)}
          </span>
          {unread > 0 && <UnreadBadge count={unread} />}
        </span>
      </span>
    </NavLink>
  );
}

function UnreadBadge({ count }: { count: number }) {
  return (
    <span className="inline-flex h-5 min-w-5 shrink-0 items-center justify-center rounded-full bg-accent px-1.5 text-xs font-semibold text-on-accent tabular-nums">
      {count > 99 ? '99+' : count}
      <span className="sr-only"> unread</span>
    </span>
  );
}
