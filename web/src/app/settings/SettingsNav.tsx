import { useQuery } from '@tanstack/react-query';
import { ArrowLeft, ChevronRight } from 'lucide-react';
import type { RefObject } from 'react';
import { Link, NavLink, useLocation } from 'react-router';
import { meQuery } from '@/features/users';
import { Avatar } from '@/ui/Avatar';
import { classes } from '@/ui/classes';
import { Skeleton } from '@/ui/Skeleton';
import { LogOutButton } from './LogOutButton';
import { type SectionPath, sections } from './sections';

type Props = {
  heading: RefObject<HTMLHeadingElement | null>;
  /** The page that is open, where there is room, without having been asked for. */
  implied: SectionPath | null;
};

/** Who is logged in, what can be set, and the way out. */
export function SettingsNav({ heading, implied }: Props) {
  const location = useLocation();
  // Whoever came from a conversation goes back to it.
  const state: { from?: unknown } | null = location.state;
  const from = typeof state?.from === 'string' ? state.from : '/';
  return (
    <div className="flex h-full flex-col border-line bg-surface pt-[env(safe-area-inset-top)] md:border-r">
      <header className="flex h-16 shrink-0 items-center gap-1 px-2">
        <Link
          to={from}
          aria-label="Back to chats"
          className="inline-flex size-11 items-center justify-center rounded-full text-soft transition-colors hover:bg-hover hover:text-ink"
        >
          <ArrowLeft aria-hidden className="size-5.5 rtl:-scale-x-100" />
        </Link>
        <h2 ref={heading} tabIndex={-1} className="text-xl font-semibold tracking-tight outline-none">
          Settings
        </h2>
      </header>
      <div className="scroll-thin flex min-h-0 flex-1 flex-col overflow-y-auto px-2 pb-[max(0.75rem,env(safe-area-inset-bottom))]">
        <Me />
        <nav aria-label="Settings" className="flex-1">
          <ul className="space-y-0.5">
            {sections.map(({ path, label, about, icon: Icon }) => (
              <li key={path}>
                <NavLink
                  to={`/settings/${path}`}
                  state={state}
                  className={({ isActive }) =>
                    classes(
                      'flex min-h-14 items-center gap-3.5 rounded-2xl px-3 py-2 transition-colors duration-150',
                      isActive ? 'bg-selected' : 'hover:bg-hover',
                      path === implied && 'md:bg-selected',
                    )
                  }
                >
                  <Icon aria-hidden className="size-5.5 shrink-0 text-soft" strokeWidth={1.75} />
                  <span className="min-w-0 flex-1">
                    <span className="block leading-tight font-medium">{label}</span>
                    <span className="block truncate text-sm text-soft">{about}</span>
                  </span>
                  <ChevronRight aria-hidden className="size-4.5 text-soft md:hidden rtl:-scale-x-100" />
                </NavLink>
              </li>
            ))}
          </ul>
        </nav>
        <LogOutButton />
      </div>
    </div>
  );
}

function Me() {
  const { data: me } = useQuery(meQuery);
  return (
    <div className="flex items-center gap-3 px-3 pt-1 pb-4">
      {me ? (
        <>
          <Avatar name={me.displayName} id={me.id} />
          <div className="min-w-0">
            <p dir="auto" className="truncate font-medium">
              {me.displayName}
            </p>
            <p className="truncate text-sm text-soft">@{me.username}</p>
          </div>
        </>
      ) : (
        <>
          <Skeleton className="size-11" />
          <div className="space-y-2">
            <Skeleton className="h-3.5 w-32" />
            <Skeleton className="h-3 w-20" />
          </div>
        </>
      )}
    </div>
  );
}
