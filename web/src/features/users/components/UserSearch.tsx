import { Search } from 'lucide-react';
import { useState } from 'react';
import type { User } from '@/api';
import { useDebounced } from '@/ui/useDebounced';
import { isSearchable } from '../queries';
import { UserResults } from './UserResults';

type Props = {
  /** Who is picked already. */
  picked: User[];
  onPick: (user: User) => void;
};

/** Finds people by name, username or exact e-mail address. */
export function UserSearch({ picked, onPick }: Props) {
  const [text, setText] = useState('');
  const settled = useDebounced(text, 200);
  return (
    <>
      <div className="relative mx-5">
        <Search aria-hidden className="absolute inset-y-0 left-3.5 my-auto size-4.5 text-soft" />
        <input
          type="search"
          aria-label="Search people"
          placeholder="Name, username or e-mail"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={text}
          onChange={(event) => setText(event.target.value)}
          className="h-11 w-full rounded-xl border border-field/60 bg-surface pr-3 pl-10.5 text-base placeholder:text-soft focus-visible:outline-2 focus-visible:-outline-offset-1"
        />
      </div>
      <div className="scroll-thin mt-2 min-h-0 flex-1 overflow-y-auto px-3 pb-3">
        {isSearchable(text) && isSearchable(settled) ? (
          <UserResults text={settled} picked={picked} onPick={onPick} />
        ) : (
          <p className="px-2 pt-3 text-soft">Type at least three letters to find people.</p>
        )}
      </div>
    </>
  );
}
