import { X } from 'lucide-react';
import type { User } from '@/api';
import { Avatar } from '@/ui/Avatar';

type Props = { people: User[]; onRemove: (user: User) => void };

/** Who was picked so far. */
export function PickedPeople({ people, onRemove }: Props) {
  if (people.length === 0) return null;
  return (
    <ul
      aria-label="Picked people"
      className="scroll-thin mx-5 mb-2 flex max-h-26 shrink-0 flex-wrap gap-x-1.5 overflow-y-auto"
    >
      {people.map((user) => (
        <li key={user.id} className="min-w-0">
          {/* Larger than it looks, for fingers. */}
          <button
            type="button"
            onClick={() => onRemove(user)}
            className="group inline-flex min-h-11 max-w-full animate-appear items-center rounded-full text-sm"
          >
            <span className="inline-flex min-w-0 items-center gap-1.5 rounded-full bg-selected py-0.5 pr-2.5 pl-0.5 transition-colors group-hover:bg-hover">
              <span className="sr-only">Remove </span>
              <Avatar size="sm" name={user.displayName} id={user.id} />
              <span dir="auto" className="max-w-36 truncate text-left">
                {user.displayName}
              </span>
              <X aria-hidden className="size-3.5 shrink-0 text-soft" />
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
