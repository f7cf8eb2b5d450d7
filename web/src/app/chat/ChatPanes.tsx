import { Outlet, useParams } from 'react-router';
import { useSession } from '@/features/auth';
import { classes } from '@/ui/classes';
import { ErrorBoundary } from '../shell/ErrorBoundary';
import { Sidebar } from './Sidebar';

/** List and conversation side by side; on phones, one at a time. */
export function ChatPanes() {
  const { id } = useParams();
  const me = useSession()?.userId;
  if (!me) return null;
  return (
    <>
      <aside
        aria-label="Chats"
        className={classes('w-full shrink-0 md:w-80 lg:w-[22.5rem]', id !== undefined && 'max-md:hidden')}
      >
        <ErrorBoundary>
          <Sidebar me={me} />
        </ErrorBoundary>
      </aside>
      <main className={classes('min-w-0 flex-1', id === undefined && 'max-md:hidden')}>
        <ErrorBoundary key={id}>
          <Outlet />
        </ErrorBoundary>
      </main>
    </>
  );
}
