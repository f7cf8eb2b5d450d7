import type { ComponentProps } from 'react';
import { classes } from './classes';

type Props = Omit<ComponentProps<'button'>, 'aria-label'> & {
  /** What it does, for screen readers and as a hint. */
  label: string;
};

export function IconButton({ label, className, ...props }: Props) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={classes(
        'inline-flex size-11 shrink-0 items-center justify-center rounded-full text-soft transition-colors duration-150 hover:bg-hover hover:text-ink disabled:opacity-50',
        className,
      )}
      {...props}
    />
  );
}
