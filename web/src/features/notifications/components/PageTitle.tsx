import { useUnreadTotal } from '../useUnreadTotal';

/** The title of the window: how much is unread, and what is open. */
export function PageTitle({ children }: { children?: string }) {
  const unread = useUnreadTotal();
  const count = unread > 0 ? `(${unread > 99 ? '99+' : unread}) ` : '';
  return <title>{`${count}${children ? `${children} · ` : ''}Trice`}</title>;
}
