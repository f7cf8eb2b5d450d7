import { useInfiniteQuery } from '@tanstack/react-query';
import { useMatch } from 'react-router';
import { allConversations, conversationsQuery } from '@/features/conversations';
import { useWindowFocus } from '@/ui/useWindowFocus';

/** How many messages are unread, but for those that are being looked at. */
export function useUnreadTotal(): number {
  const { data } = useInfiniteQuery(conversationsQuery);
  const openId = useMatch('/c/:id')?.params.id;
  const focused = useWindowFocus();
  return allConversations(data)
    .filter(({ id }) => !focused || id !== openId)
    .reduce((total, { unreadCount }) => total + unreadCount, 0);
}
