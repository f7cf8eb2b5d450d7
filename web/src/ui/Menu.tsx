import { Menu as Base } from '@base-ui/react/menu';
import type { LucideIcon } from 'lucide-react';
import type { ComponentProps, RefObject } from 'react';
import { classes } from './classes';

export type MenuItem = {
  label: string;
  icon: LucideIcon;
  /** It takes something away that does not come back. */
  danger?: boolean;
  onSelect: () => void;
};

type Props = {
  label: string;
  items: MenuItem[];
  /** What it belongs to: there the focus goes when it closes. */
  anchor: RefObject<HTMLElement | null>;
  /** Where it opens, unless at what it belongs to. */
  at?: { x: number; y: number };
  onClose: () => void;
};

/** What can be done with something. Open while it is rendered. */
export function Menu({ label, items, anchor, at, onClose }: Props) {
  return (
    <Base.Root open onOpenChange={(open) => open || onClose()}>
      {/* A landmark: whatever is read out must be in one. */}
      <Base.Portal role="region" aria-label={label}>
        <Base.Positioner
          anchor={at ? pointAt(at) : anchor}
          align={at ? 'start' : 'end'}
          sideOffset={4}
          collisionPadding={8}
          className="z-20 outline-none"
        >
          <Base.Popup
            aria-label={label}
            finalFocus={anchor}
            className="min-w-52 animate-appear rounded-2xl border border-line bg-raised p-1.5 shadow-float outline-none"
          >
            {items.map(({ label, icon: Icon, danger, onSelect }) => (
              <Base.Item
                key={label}
                onClick={onSelect}
                className={classes(
                  'flex min-h-11 cursor-pointer items-center gap-3 rounded-xl px-3 outline-none select-none data-highlighted:bg-hover',
                  danger && 'text-danger',
                )}
              >
                <Icon aria-hidden className={classes('size-4.5 shrink-0', !danger && 'text-soft')} strokeWidth={1.75} />
                {label}
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

function pointAt({ x, y }: { x: number; y: number }): ComponentProps<typeof Base.Positioner>['anchor'] {
  return { getBoundingClientRect: () => new DOMRect(x, y) };
}
