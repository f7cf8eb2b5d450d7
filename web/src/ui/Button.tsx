import { LoaderCircle } from 'lucide-react';
import type { ComponentProps } from 'react';
import { classes } from './classes';

const looks = {
  primary: 'bg-accent text-on-accent hover:bg-accent-hover',
  quiet: 'text-ink hover:bg-hover border border-line bg-surface',
  ghost: 'text-accent-ink hover:bg-hover',
  danger: 'bg-danger-fill text-on-accent hover:bg-danger-hover',
  dangerQuiet: 'text-danger hover:bg-danger-surface border border-line bg-surface',
};

type Props = ComponentProps<'button'> & {
  look?: keyof typeof looks;
  /** Work is under way: says so and ignores clicks, but keeps focus and size. */
  busy?: boolean;
  /** Not now: ignores clicks, and with them Enter in its form, but can be found and keeps focus. */
  blocked?: boolean;
};

export function Button({
  look = 'primary',
  busy = false,
  blocked = false,
  className,
  children,
  onClick,
  ...props
}: Props) {
  const ignored = busy || blocked;
  return (
    <button
      type="button"
      aria-disabled={ignored || undefined}
      onClick={ignored ? (event) => event.preventDefault() : onClick}
      className={classes(
        'relative inline-flex min-h-11 items-center justify-center gap-2 rounded-xl px-4 py-2 font-medium transition-colors duration-150 select-none disabled:opacity-50',
        looks[look],
        blocked && 'cursor-not-allowed opacity-50',
        className,
      )}
      {...props}
    >
      {busy && <LoaderCircle aria-hidden className="absolute size-5 animate-spin" />}
      <span className={classes('inline-flex items-center gap-2', busy && 'opacity-0')}>{children}</span>
    </button>
  );
}
