import { type ReactNode, useId } from 'react';

type Props = { title?: string; description?: ReactNode; children: ReactNode };

/** A part of a page that belongs together. */
export function Panel({ title, description, children }: Props) {
  const id = useId();
  return (
    <section aria-labelledby={title && id} className="rounded-2xl border border-line bg-surface px-4 py-5 sm:px-6">
      {title && (
        <h3 id={id} className="text-base font-semibold">
          {title}
        </h3>
      )}
      {description && <p className="mt-0.5 mb-4 text-soft">{description}</p>}
      {children}
    </section>
  );
}
