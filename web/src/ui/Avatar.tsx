import { Users } from 'lucide-react';
import type { CSSProperties, ReactNode } from 'react';
import { hueOf, initials } from '@/lib/text';
import { classes } from './classes';

const sizes = {
  sm: 'size-8 text-xs',
  md: 'size-11 text-[0.9375rem]',
  lg: 'size-16 text-xl',
};

type Props = {
  name: string;
  /** Decides the colour, so that it stays when the name changes. */
  id: string;
  size?: keyof typeof sizes;
  group?: boolean;
  /** Sits on the edge, as large as a dot that says who is there. */
  badge?: ReactNode;
};

/**
 * Initials on a colour of their own. Pictures live on foreign hosts, and this app asks none. Nobody reads them out: what
 * they stand in takes its name from the words beside them.
 */
export function Avatar({ name, id, size = 'md', group = false, badge }: Props) {
  const style: CSSProperties & { '--hue': number } = { '--hue': hueOf(id) };
  const face = (
    <span
      aria-hidden
      style={style}
      className={classes(
        'inline-flex shrink-0 items-center justify-center rounded-full font-semibold tracking-wide select-none',
        'bg-[light-dark(oklch(0.89_0.065_var(--hue)),oklch(0.38_0.075_var(--hue)))]',
        'text-[light-dark(oklch(0.39_0.11_var(--hue)),oklch(0.92_0.06_var(--hue)))]',
        sizes[size],
        // Cut out around the badge, so that it has a ring of whatever this stands on.
        badge
          ? '[&:has(+*>*)]:mask-[radial-gradient(circle_at_calc(100%-0.4375rem)_calc(100%-0.4375rem),transparent_0.40625rem,black_0.46875rem)]'
          : null,
      )}
    >
      {group ? <Users className="size-1/2" /> : initials(name)}
    </span>
  );
  if (!badge) return face;
  return (
    <span className="relative inline-flex shrink-0">
      {face}
      <span className="absolute right-0.5 bottom-0.5">{badge}</span>
    </span>
  );
}
