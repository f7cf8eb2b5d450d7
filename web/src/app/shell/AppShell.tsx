import { Outlet, useParams } from 'react-router';
import { useSession } from '@/features/auth';
import { OutboxProvider } from '@/features/messages';
import { RealtimeProvider } from '@/realtime';
import { classes } from '@/ui/classes';
import { ConnectionBanner } from './ConnectionBanner';
import { ErrorBoundary } from './ErrorBoundary';
import { Sidebar } from './Sidebar';
import { useLive } from './useLive';

/** The frame around everything for people who are logged in, and what lives as long as their session. */
export function AppShell() {
  const me = useSession()?.userId;
  if (!me) return null;
  return (
    // Another person starts with nothing of this one.
    <RealtimeProvider key={me} me={me}>
      <OutboxProvider me={me}>
        <Panes me={me} />
      </OutboxProvider>
    </RealtimeProvider>
  );
}

/** List and conversation side by side; on phones, one at a time. */
function Panes({ me }: { me: string }) {
  const { id } = useParams();
  useLive(me);
  return (
    <div className="relative flex h-dvh overflow-hidden">
      <header className="sr-only">
        <h1>Trice</h1>
      </header>
      <ConnectionBanner />
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
    </div>
  );
}
