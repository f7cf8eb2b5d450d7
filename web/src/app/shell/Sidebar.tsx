import { useQuery } from '@tanstack/react-query';
import { SquarePen } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { ConversationList, NewChatDialog } from '@/features/conversations';
import { meQuery } from '@/features/users';
import { Avatar } from '@/ui/Avatar';
import { IconButton } from '@/ui/IconButton';
import { Skeleton } from '@/ui/Skeleton';

const AccountDialog = lazy(async () => ({ default: (await import('./AccountDialog')).AccountDialog }));

type DialogName = 'account' | 'newChat';

export function Sidebar({ me }: { me: string }) {
  const { data: profile } = useQuery(meQuery);
  const [dialog, setDialog] = useState<DialogName | null>(null);
  const close = () => setDialog(null);
  return (
    <div className="flex h-full flex-col border-line bg-surface pt-[env(safe-area-inset-top)] md:border-r">
      <header className="flex h-16 shrink-0 items-center gap-2 px-3">
        <IconButton label="Your account" onClick={() => setDialog('account')}>
          {profile ? <Avatar size="sm" name={profile.displayName} id={profile.id} /> : <Skeleton className="size-8" />}
        </IconButton>
        <h2 className="flex-1 text-xl font-semibold tracking-tight">Chats</h2>
        <IconButton label="New chat" onClick={() => setDialog('newChat')}>
          <SquarePen aria-hidden className="size-5" />
        </IconButton>
      </header>
      <nav
        aria-label="Conversations"
        className="scroll-thin min-h-0 flex-1 overflow-y-auto px-2 pb-[max(0.5rem,env(safe-area-inset-bottom))]"
      >
        <ConversationList me={me} onNewChat={() => setDialog('newChat')} />
      </nav>
      <Suspense>
        {dialog === 'account' && <AccountDialog onClose={close} />}
        {dialog === 'newChat' && <NewChatDialog onClose={close} />}
      </Suspense>
    </div>
  );
}
