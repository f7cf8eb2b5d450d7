import { Outlet, useParams } from 'react-router';
import { useSession } from '@/features/auth';
import { Panes } from '@/ui/Panes';
import { ErrorBoundary } from '../shell/ErrorBoundary';
import { Sidebar } from './Sidebar';

/** The conversations, and the one that is open. */
export function ChatPanes() {
  const { id } = useParams();
  const me = useSession()?.userId;
  if (!me) return null;
  const list = (
    <ErrorBoundary>
      <Sidebar me={me} />
    </ErrorBoundary>
  );
  return (
    <Panes label="Chats" list={list} isOpen={id !== undefined}>
      <ErrorBoundary key={id}>
        <Outlet />
      </ErrorBoundary>
    </Panes>
  );
}
