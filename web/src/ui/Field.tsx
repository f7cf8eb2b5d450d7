import { CircleAlert } from 'lucide-react';
import { type ComponentProps, type ReactNode, useId } from 'react';
import { classes } from './classes';

type Props = ComponentProps<'input'> & {
  label: string;
  error?: string | undefined;
  hint?: string;
  /** Sits at the end inside the input, like a button that shows a password. */
  action?: ReactNode;
};

/** A labelled input. Its error has a place below it from the start, so that nothing jumps when one appears. */
export function Field({ label, error, hint, action, className, ...props }: Props) {
  const id = useId();
  const noteId = `${id}-note`;
  const note = error ?? hint;
  return (
    <div className="flex flex-col">
      <label htmlFor={id} className="mb-1.5 text-sm font-medium">
        {label}
      </label>
      <div className="relative">
        <input
          id={id}
          aria-invalid={error ? true : undefined}
          aria-describedby={note ? noteId : undefined}
          className={classes(
            'h-11 w-full rounded-xl border bg-surface px-3.5 text-base transition-colors duration-150 placeholder:text-soft',
            'focus-visible:outline-2 focus-visible:-outline-offset-1',
            error ? 'border-danger' : 'border-field/60 hover:border-field',
            action ? 'pr-12' : undefined,
            className,
          )}
          {...props}
        />
        {action && <div className="absolute inset-y-0 right-0">{action}</div>}
      </div>
      <p
        id={noteId}
        aria-live="polite"
        className={classes(
          'flex min-h-7 items-start gap-1.5 pt-1 text-[0.8125rem]',
          error ? 'text-danger' : 'text-soft',
        )}
      >
        {error && <CircleAlert aria-hidden className="mt-0.5 size-3.5 shrink-0" />}
        {note}
      </p>
    </div>
  );
}
