import { useEffect, useState } from 'react';
import { useWindowFocus } from '@/ui/useWindowFocus';

/**
 * Up to where everything was read, for the line before what was not: when the conversation was opened, or when one last
 * looked elsewhere and something came. It stays until that happens again.
 */
export function useUnreadAfter(opened: number | null, head: number, ready: boolean): number | null {
  const focused = useWindowFocus();
  const [unreadAfter, setUnreadAfter] = useState(opened);
  const [left, setLeft] = useState<number | null>(null);
  useEffect(() => {
    if (focused) setLeft(null);
    else if (ready) setLeft((known) => known ?? head);
  }, [focused, ready, head]);
  if (left !== null && head > left && unreadAfter !== left && !focused) setUnreadAfter(left);
  return unreadAfter;
}
