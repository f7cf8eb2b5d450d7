import { useQuery } from '@tanstack/react-query';
import { SquarePen } from 'lucide-react';
import { Suspense, useState } from 'react';
import { Link, useLocation } from 'react-router';
import { ConversationList, NewChatDialog } from '@/features/conversations';
import { meQuery } from '@/features/users';
import { Avatar } from '@/ui/Avatar';
import { IconButton } from '@/ui/IconButton';
import { Skeleton } from '@/ui/Skeleton';

export function Sidebar({ me }: { me: string }) {
  const { data: profile } = useQuery(meQuery);
  const { pathname } = useLocation();
  const [startsChat, setStartsChat] = useState(false);
  return (
    <div className="flex h-full flex-col border-line bg-surface pt-[env(safe-area-inset-top)] md:border-r">
      <header className="flex h-16 shrink-0 items-center gap-2 px-3">
        <Link
          to="/settings"
          state={{ from: pathname }}
          aria-label="Settings"
          title="Settings"
          className="inline-flex size-11 shrink-0 items-center justify-center rounded-full transition-colors duration-150 hover:bg-hover"
        >
          {profile ? <Avatar size="sm" name={profile.displayName} id={profile.id} /> : <Skeleton className="size-8" />}
        </Link>
        <h2 className="flex-1 text-xl font-semibold tracking-tight">Chats</h2>
        <IconButton label="New chat" onClick={() => setStartsChat(true)}>
          <SquarePen aria-hidden className="size-5" />
        </IconButton>
      </header>
      <nav
        aria-label="Conversations"
        className="scroll-thin min-h-0 flex-1 overflow-y-auto px-2 pb-[max(0.5rem,env(safe-area-inset-bottom))]"
      >
        <ConversationList me={me} onNewChat={() => setStartsChat(true)} />
      </nav>
      <Suspense>{startsChat && <NewChatDialog onClose={() => setStartsChat(false)} />}</Suspense>
    </div>
  );
}
