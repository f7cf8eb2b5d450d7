import { useQuery } from '@tanstack/react-query';
import { Check, SearchX } from 'lucide-react';
import { describeError, type User } from '@/api';
import { Alert } from '@/ui/Alert';
import { Avatar } from '@/ui/Avatar';
import { Button } from '@/ui/Button';
import { classes } from '@/ui/classes';
import { EmptyState } from '@/ui/EmptyState';
import { Skeleton } from '@/ui/Skeleton';
import { searchUsersQuery } from '../queries';

type Props = {
  text: string;
  picked: User[];
  onPick: (user: User) => void;
  unavailable?: ReadonlySet<string>;
  whyUnavailable?: string;
};

export function UserResults({ text, picked, onPick, unavailable, whyUnavailable }: Props) {
  const { data: users, error, isPlaceholderData, refetch } = useQuery(searchUsersQuery(text));
  if (error) {
    return (
      <div className="space-y-3 px-2 pt-2">
        <Alert>{describeError(error)}</Alert>
        <Button look="quiet" onClick={() => refetch()}>
          Try again
        </Button>
      </div>
    );
  }
  if (!users) return <ResultsSkeleton />;
  if (users.length === 0) {
    return (
      <EmptyState icon={SearchX} title="Nobody found">
        An e-mail address finds people only when it is complete.
      </EmptyState>
    );
  }
  return (
    <ul aria-label="People found" className={classes('transition-opacity', isPlaceholderData && 'opacity-60')}>
      {users.map((user) => (
        <li key={user.id}>
          <UserOption
            user={user}
            picked={picked.some(({ id }) => id === user.id)}
            unavailable={unavailable?.has(user.id) ? whyUnavailable : undefined}
            onPick={onPick}
          />
        </li>
      ))}
    </ul>
  );
}

type OptionProps = {
  user: User;
  picked: boolean;
  /** Why they cannot be picked. */
  unavailable: string | undefined;
  onPick: (user: User) => void;
};

function UserOption({ user, picked, unavailable, onPick }: OptionProps) {
  return (
    <button
      type="button"
      aria-pressed={picked}
      aria-disabled={unavailable ? true : undefined}
      onClick={() => unavailable || onPick(user)}
      className={classes(
        'flex w-full items-center gap-3 rounded-xl px-2 py-2 text-left transition-colors duration-150',
        unavailable ? 'cursor-default' : 'hover:bg-hover',
      )}
    >
      <Avatar name={user.displayName} id={user.id} />
      <span className="min-w-0 flex-1">
        <span dir="auto" className="block truncate text-left font-medium">
          {user.displayName}
        </span>
        <span className="block truncate text-sm text-soft">@{user.username}</span>
      </span>
      {unavailable ? (
        <span className="shrink-0 text-sm text-soft">{unavailable}</span>
      ) : (
        <span
          aria-hidden
          className={classes(
            'inline-flex size-6 items-center justify-center rounded-full border transition-colors',
            picked ? 'border-accent bg-accent text-on-accent' : 'border-field/60',
          )}
        >
          {picked && <Check className="size-4" strokeWidth={3} />}
        </span>
      )}
    </button>
  );
}

function ResultsSkeleton() {
  return (
    <div role="status" aria-label="Searching">
      {[40, 28, 34].map((width) => (
        <div key={width} className="flex items-center gap-3 px-2 py-2">
          <Skeleton className="size-11" />
          <div className="flex-1 space-y-2">
            <Skeleton className={width === 28 ? 'h-3.5 w-28' : 'h-3.5 w-40'} />
            <Skeleton className="h-3 w-24" />
          </div>
        </div>
      ))}
    </div>
  );
}
