import { Outlet } from 'react-router';
import { useSession } from '@/features/auth';
import { OutboxProvider } from '@/features/messages';
import { ReadingProvider } from '@/features/receipts';
import { RealtimeProvider } from '@/realtime';
import { loadOnDemand } from '@/ui/onDemand';
import { ChatSkeleton } from '../chat/ChatSkeleton';
import { ConnectionBanner } from './ConnectionBanner';
import { Shortcuts } from './Shortcuts';
import { useFirstAnswers } from './useFirstAnswers';
import { useFirstMove } from './useFirstMove';
import { useLive } from './useLive';

/** The frame around everything for people who are logged in, and what lives as long as their session. */
export function AppShell() {
  const me = useSession()?.userId;
  if (!me) return null;
  return (
    // Another person starts with nothing of this one.
    <RealtimeProvider key={me} me={me}>
      <OutboxProvider me={me}>
        <ReadingProvider me={me}>
          <Frame me={me} />
        </ReadingProvider>
      </OutboxProvider>
    </RealtimeProvider>
  );
}

function Frame({ me }: { me: string }) {
  useLive(me);
  const ready = useFirstAnswers();
  useFirstMove(ready, loadOnDemand);
  return (
    // Clear of the notch of a phone that is held sideways.
    <div className="relative flex h-dvh overflow-hidden pr-[env(safe-area-inset-right)] pl-[env(safe-area-inset-left)]">
      <header className="sr-only">
        <h1>Trice</h1>
      </header>
      <ConnectionBanner />
      {ready ? <Outlet /> : <ChatSkeleton />}
      <Shortcuts me={me} />
    </div>
  );
}
