import type { ReactNode } from 'react';
import { classes } from './classes';
import { useWide } from './useWide';

type Props = {
  /** What the list is of. */
  label: string;
  list: ReactNode;
  /** Something of the list was opened: where there is room for one alone, it is that. */
  isOpen: boolean;
  children: ReactNode;
};

/** A list, and beside it what was opened from it; on phones, one at a time. */
export function Panes({ label, list, isOpen, children }: Props) {
  const wide = useWide();
  return (
    <>
      {/* Alone on the screen, the list is what the page is about. */}
      <section
        role={wide || isOpen ? 'complementary' : 'main'}
        aria-label={label}
        className={classes('w-full shrink-0 md:w-80 lg:w-[22.5rem]', isOpen && 'max-md:hidden')}
      >
        {list}
      </section>
      <main className={classes('min-w-0 flex-1', !isOpen && 'max-md:hidden')}>{children}</main>
    </>
  );
}
