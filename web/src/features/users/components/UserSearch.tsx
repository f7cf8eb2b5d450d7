import { type RefObject, useState } from 'react';
import type { User } from '@/api';
import { SearchField } from '@/ui/SearchField';
import { useDebounced } from '@/ui/useDebounced';
import { isSearchable } from '../queries';
import { UserResults } from './UserResults';

type Props = {
  field?: RefObject<HTMLInputElement | null>;
  /** Who is looked for at first. */
  search?: string | undefined;
  /** Who is picked already. */
  picked: User[];
  onPick: (user: User) => void;
  /** Who cannot be picked, by id, and why. */
  unavailable?: ReadonlySet<string>;
  whyUnavailable?: string;
};

/** Finds people by name, username or exact e-mail address. */
export function UserSearch({ field, search = '', ...results }: Props) {
  const [text, setText] = useState(search);
  const settled = useDebounced(text, 200);
  return (
    <>
      <SearchField
        ref={field}
        label="Search people"
        placeholder="Name, username or e-mail"
        value={text}
        onChange={(event) => setText(event.target.value)}
        className="mx-5"
      />
      <div className="scroll-thin mt-2 min-h-28 flex-1 overflow-y-auto px-3 pb-3">
        {isSearchable(text) && isSearchable(settled) ? (
          <UserResults text={settled} {...results} />
        ) : (
          <p className="px-2 pt-3 text-soft">Type at least three letters to find people.</p>
        )}
      </div>
    </>
  );
}
