import { LoaderCircle } from 'lucide-react';
import type { ComponentProps } from 'react';
import { classes } from './classes';

const looks = {
  primary: 'bg-accent text-on-accent hover:bg-accent-hover',
  quiet: 'text-ink hover:bg-hover border border-line bg-surface',
  ghost: 'text-accent-ink hover:bg-hover',
};

type Props = ComponentProps<'button'> & {
  look?: keyof typeof looks;
  /** Work is under way: says so and ignores clicks, but keeps focus and size. */
  busy?: boolean;
};

export function Button({ look = 'primary', busy = false, className, children, onClick, ...props }: Props) {
  return (
    <button
      type="button"
      aria-disabled={busy || undefined}
      onClick={busy ? (event) => event.preventDefault() : onClick}
      className={classes(
        'relative inline-flex min-h-11 items-center justify-center gap-2 rounded-xl px-4 font-medium transition-colors duration-150 select-none disabled:opacity-50',
        looks[look],
        className,
      )}
      {...props}
    >
      {busy && <LoaderCircle aria-hidden className="absolute size-5 animate-spin" />}
      <span className={classes('inline-flex items-center gap-2', busy && 'opacity-0')}>{children}</span>
    </button>
  );
}
