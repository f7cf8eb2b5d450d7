import { CircleAlert, CircleCheck, Info, type LucideIcon } from 'lucide-react';
import type { ComponentProps } from 'react';
import { classes } from './classes';

const looks = {
  info: { icon: Info, className: 'bg-selected text-ink' },
  good: { icon: CircleCheck, className: 'bg-good-surface text-good' },
  danger: { icon: CircleAlert, className: 'bg-danger-surface text-danger' },
} satisfies Record<string, { icon: LucideIcon; className: string }>;

type Props = ComponentProps<'div'> & { look?: keyof typeof looks };

/** Something to know, said where it matters. */
export function Notice({ look = 'info', className, children, ...props }: Props) {
  const Icon = looks[look].icon;
  return (
    <div
      className={classes(
        'flex animate-appear items-start gap-2.5 rounded-xl px-3.5 py-2.5 text-sm',
        looks[look].className,
        className,
      )}
      {...props}
    >
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0 flex-1 [overflow-wrap:anywhere]">{children}</div>
    </div>
  );
}
