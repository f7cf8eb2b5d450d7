import { ArrowLeft } from 'lucide-react';
import type { RefObject } from 'react';
import { Link, useLocation } from 'react-router';

type Props = { title: string; heading: RefObject<HTMLHeadingElement | null> };

/** What is open. On phones it leads back to the list of settings. */
export function SettingsHeader({ title, heading }: Props) {
  const { state } = useLocation();
  return (
    <header className="shrink-0 border-b border-line bg-surface pt-[env(safe-area-inset-top)]">
      <div className="mx-auto flex h-16 max-w-2xl items-center pr-4 pl-2 md:pl-6">
        <Link
          to="/settings"
          state={state}
          aria-label="Back to settings"
          className="mr-1 inline-flex size-11 items-center justify-center rounded-full text-soft hover:bg-hover md:hidden"
        >
          <ArrowLeft aria-hidden className="size-5.5 rtl:-scale-x-100" />
        </Link>
        <h2 ref={heading} tabIndex={-1} className="truncate text-xl font-semibold tracking-tight outline-none">
          {title}
        </h2>
      </div>
    </header>
  );
}
