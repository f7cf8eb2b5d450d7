import { Popover } from '@base-ui/react/popover';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode, RefObject } from 'react';
import { describeError, type User } from '@/api';
import { useMembers } from '@/features/conversations';
import { formatFull, formatPast } from '@/lib/dates';
import { Alert } from '@/ui/Alert';
import { Avatar } from '@/ui/Avatar';
import { Button } from '@/ui/Button';
import { Skeleton } from '@/ui/Skeleton';
import { useNow } from '@/ui/useNow';
import { receiptsQuery } from '../queries';
import { useReadCount } from '../useReaders';

type Props = {
  conversationId: string;
  messageId: string;
  known: number;
  me: string;
  anchor: RefObject<HTMLElement | null>;
  onClose: () => void;
};

/** Of a large group not everybody is named who has not read. */
const mostNamed = 100;

/** Who has read one's message, when, and who has not yet. Open while it is rendered. */
export function ReadersPopover({ conversationId, messageId, known, me, anchor, onClose }: Props) {
  const count = useReadCount(conversationId, messageId, known);
  const { data, error, refetch } = useQuery(receiptsQuery(messageId, count));
  const { data: conversation } = useMembers(conversationId);
  const now = useNow();

  const readers = new Set(data?.receipts.map(({ user }) => user.id));
  const others = conversation?.participants.filter(({ user }) => user.id !== me && !readers.has(user.id)) ?? [];
  return (
    <Popover.Root open onOpenChange={(open) => open || onClose()}>
      <Popover.Portal>
        <Popover.Positioner anchor={anchor} align="end" sideOffset={6} collisionPadding={8} className="z-20">
          <Popover.Popup
            finalFocus={anchor}
            className="scroll-thin max-h-[min(24rem,var(--available-height))] w-72 max-w-(--available-width) animate-appear overflow-y-auto rounded-2xl border border-line bg-raised px-3 pb-3 shadow-float outline-none"
          >
            <Popover.Title className="sr-only">Who has read this message</Popover.Title>
            {error && !data ? (
              <div className="space-y-3 pt-3">
                <Alert>{describeError(error)}</Alert>
                <Button look="quiet" onClick={() => refetch()}>
                  Try again
                </Button>
              </div>
            ) : !data || !conversation ? (
              <PeopleSkeleton />
            ) : (
              <>
                <People title={`Read by ${data.readCount.toLocaleString()}`} empty="Nobody yet">
                  {data.receipts.map(({ user, readAt }) => (
                    <Person key={user.id} user={user}>
                      <time dateTime={readAt} title={formatFull(new Date(readAt))}>
                        {formatPast(new Date(readAt), now)}
                      </time>
                    </Person>
                  ))}
                </People>
                {others.length > 0 && (
                  <People title="Not yet">
                    {others.slice(0, mostNamed).map(({ user }) => (
                      <Person key={user.id} user={user} />
                    ))}
                    {others.length > mostNamed && (
                      <li className="py-1 text-sm text-soft">
                        and {(others.length - mostNamed).toLocaleString()} more
                      </li>
                    )}
                  </People>
                )}
              </>
            )}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

type PeopleProps = { title: string; empty?: string; children: ReactNode };

function People({ title, empty, children }: PeopleProps) {
  const none = Array.isArray(children) && children.length === 0;
  return (
    <section aria-label={title}>
      <h3 className="pt-3 pb-1 text-sm font-semibold">{title}</h3>
      {none ? <p className="text-sm text-soft">{empty}</p> : <ul>{children}</ul>}
    </section>
  );
}

function Person({ user, children }: { user: User; children?: ReactNode }) {
  return (
    <li className="flex items-center gap-2.5 py-1.5">
      <Avatar size="sm" name={user.displayName} id={user.id} />
      <span className="min-w-0 flex-1">
        <span dir="auto" className="block truncate text-left leading-tight">
          {user.displayName}
        </span>
        {children && <span className="block text-xs text-soft">{children}</span>}
      </span>
    </li>
  );
}

function PeopleSkeleton() {
  return (
    <div role="status" aria-label="Loading" className="space-y-3 pt-4">
      {['w-32', 'w-24', 'w-36'].map((width) => (
        <div key={width} className="flex items-center gap-2.5">
          <Skeleton className="size-8" />
          <Skeleton className={`h-3.5 ${width}`} />
        </div>
      ))}
    </div>
  );
}
