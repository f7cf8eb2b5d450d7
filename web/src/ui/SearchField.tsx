import { Search } from 'lucide-react';
import type { ComponentProps } from 'react';
import { classes } from './classes';

type Props = Omit<ComponentProps<'input'>, 'aria-label' | 'type'> & { label: string };

/** Where one types what to look for. */
export function SearchField({ label, className, ...props }: Props) {
  return (
    <div className={classes('relative', className)}>
      <Search aria-hidden className="pointer-events-none absolute inset-y-0 left-3.5 my-auto size-4.5 text-soft" />
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        dir="auto"
        className="h-11 w-full rounded-xl border border-field/60 bg-surface pr-11 pl-10.5 text-left text-base placeholder:text-soft focus-visible:outline-2 focus-visible:-outline-offset-1 [&::-webkit-search-cancel-button]:hidden"
        {...props}
      />
    </div>
  );
}
