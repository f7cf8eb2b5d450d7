import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import type { ReactNode, RefObject } from 'react';
import { classes } from './classes';
import { IconButton } from './IconButton';

const sizes = {
  /** As tall as what is in it, or as the window. */
  small:
    'scroll-thin top-1/2 left-1/2 max-h-[calc(100dvh-2rem)] w-[min(24rem,calc(100vw-2rem))] -translate-1/2 overflow-y-auto rounded-2xl',
  /** Always the same, while what is in it changes; the whole screen on phones, and where much is enlarged. */
  large:
    'scroll-thin inset-0 overflow-y-auto pt-[env(safe-area-inset-top)] pr-[env(safe-area-inset-right)] pb-[env(safe-area-inset-bottom)] pl-[env(safe-area-inset-left)] roomy:inset-auto roomy:p-0 roomy:top-1/2 roomy:left-1/2 roomy:h-[min(38rem,calc(100dvh-4rem))] roomy:w-[27rem] roomy:-translate-1/2 roomy:overflow-hidden roomy:rounded-2xl',
};

type Props = {
  onClose: () => void;
  title: string;
  size?: keyof typeof sizes;
  /** Where one begins to write; a finger gets no keyboard that it did not ask for. */
  field?: RefObject<HTMLElement | null>;
  children: ReactNode;
};

/** A dialog, open while it is rendered. It traps focus and gives it back. */
export function Dialog({ onClose, title, size = 'large', field, children }: Props) {
  return (
    <Base.Root open onOpenChange={(open) => open || onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 animate-appear bg-[oklch(0.15_0.02_268/0.5)]" />
        <Base.Popup
          initialFocus={field && ((opened) => (opened === 'touch' ? true : field.current))}
          className={classes('fixed flex animate-appear flex-col bg-raised shadow-float', sizes[size])}
        >
          <header className="flex items-center justify-between py-2 pr-2 pl-5">
            <Base.Title dir="auto" className="min-w-0 truncate text-left text-lg font-semibold">
              {title}
            </Base.Title>
            <Base.Close
              render={
                <IconButton label="Close">
                  <X aria-hidden className="size-5" />
                </IconButton>
              }
            />
          </header>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
