import { CircleAlert } from 'lucide-react';
import type { ReactNode } from 'react';

/** Something went wrong, said where it happened and read out at once. */
export function Alert({ children }: { children: ReactNode }) {
  return (
    <div
      role="alert"
      className="flex animate-appear items-start gap-2.5 rounded-xl bg-danger-surface px-3.5 py-2.5 text-sm text-danger"
    >
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div>{children}</div>
    </div>
  );
}
