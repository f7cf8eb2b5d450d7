import { useQuery } from '@tanstack/react-query';
import { SquarePen, X } from 'lucide-react';
import { type KeyboardEvent, useDeferredValue, useRef, useState } from 'react';
import { Link, useLocation } from 'react-router';
import { ConversationList, NewChatDialog } from '@/features/conversations';
import { meQuery } from '@/features/users';
import { Avatar } from '@/ui/Avatar';
import { IconButton } from '@/ui/IconButton';
import { SearchField } from '@/ui/SearchField';
import { Skeleton } from '@/ui/Skeleton';
import { usePanel } from '@/ui/usePanel';
import { ConversationNote } from './ConversationNote';

const panels = ['new-chat'] as const;

/** One's conversations, the way to new ones, and to the settings. */
export function Sidebar({ me }: { me: string }) {
  const { panel, open, close } = usePanel(panels);
  const [search, setSearch] = useState('');
  const [filter, setFilter] = useState('');
  const list = useRef<HTMLElement>(null);

  const startChat = (search: string) => {
    setSearch(search);
    open('new-chat');
  };
  const steer = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && filter !== '') setFilter('');
    else if (event.key === 'ArrowDown') list.current?.querySelector<HTMLElement>('[data-conversation]')?.focus();
    else return;
    event.preventDefault();
  };
  return (
    <div className="flex h-full flex-col border-line bg-surface pt-[env(safe-area-inset-top)] md:border-r">
      <header className="flex h-16 shrink-0 items-center gap-2 px-3">
        <SettingsLink />
        <h2 className="flex-1 text-xl font-semibold tracking-tight">Chats</h2>
        <IconButton label="New chat" onClick={() => startChat('')}>
          <SquarePen aria-hidden className="size-5" />
        </IconButton>
      </header>
      <div className="relative shrink-0 px-3 pb-2">
        <SearchField
          label="Filter chats"
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
          onKeyDown={steer}
        />
        {filter !== '' && (
          <IconButton label="Show all chats" onClick={() => setFilter('')} className="absolute top-0 right-3">
            <X aria-hidden className="size-4.5" />
          </IconButton>
        )}
      </div>
      <nav
        ref={list}
        aria-label="Conversations"
        className="scroll-thin min-h-0 flex-1 overflow-y-auto px-2 pb-[max(0.5rem,env(safe-area-inset-bottom))]"
      >
        <ConversationList me={me} filter={useDeferredValue(filter)} Note={ConversationNote} onNewChat={startChat} />
      </nav>
      {panel && <NewChatDialog search={search} onClose={close} />}
    </div>
  );
}

function SettingsLink() {
  const { data: profile } = useQuery(meQuery);
  const { pathname } = useLocation();
  return (
    <Link
      to="/settings"
      state={{ from: pathname }}
      title="Settings"
      className="inline-flex size-11 shrink-0 items-center justify-center rounded-full transition-colors duration-150 hover:bg-hover"
    >
      <span className="sr-only">Settings</span>
      {profile ? <Avatar size="sm" name={profile.displayName} id={profile.id} /> : <Skeleton className="size-8" />}
    </Link>
  );
}
