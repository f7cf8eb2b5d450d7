import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

type Props = {
  icon: LucideIcon;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
};

/** What to see, and do next, where there is nothing to show. */
export function EmptyState({ icon: Icon, title, children, action }: Props) {
  return (
    <div className="flex animate-appear flex-col items-center justify-center gap-1 px-6 py-10 text-center">
      <span className="mb-3 inline-flex size-16 items-center justify-center rounded-full bg-selected text-accent-ink">
        <Icon aria-hidden className="size-7" strokeWidth={1.75} />
      </span>
      <p className="text-base font-semibold">{title}</p>
      {children && <p className="max-w-72 text-soft">{children}</p>}
      {action && <div className="mt-4">{action}</div>}
    </div>
  );
}
