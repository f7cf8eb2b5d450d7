import { useCallback } from 'react';
import { describeError } from '@/api';
import { Alert } from '@/ui/Alert';
import { Button } from '@/ui/Button';
import type { Goal } from '../useGoal';
import type { useMessages } from '../useMessages';
import { MessageList } from './MessageList';
import { MessagesSkeleton } from './MessagesSkeleton';
import { NewMessageAnnouncer } from './NewMessageAnnouncer';
import { TopOfHistory } from './TopOfHistory';

type Props = {
  conversationId: string;
  name: string;
  group: boolean;
  messages: ReturnType<typeof useMessages>;
  opensAtUnread: boolean;
  goal: Goal | null;
  onShowEnd: () => void;
  selected: string | null;
  onSelect: (key: string | null) => void;
  onWrite: () => void;
  onSeen: (seq: number) => void;
};

/** The messages of a conversation, in every state of being loaded. */
export function Messages({ conversationId, name, group, messages, ...list }: Props) {
  const { items, history, toEnd, head } = messages;
  const { data, error, isPending, isFetching, hasNextPage, fetchNextPage, hasPreviousPage, fetchPreviousPage } =
    history;

  const loadOlder = useCallback(() => {
    if (hasNextPage && !isFetching && !error) void fetchNextPage({ cancelRefetch: false });
  }, [hasNextPage, isFetching, error, fetchNextPage]);
  const loadNewer = useCallback(() => {
    if (hasPreviousPage && !isFetching && !error) void fetchPreviousPage({ cancelRefetch: false });
  }, [hasPreviousPage, isFetching, error, fetchPreviousPage]);

  if (items.length === 0 && isPending) return <MessagesSkeleton />;
  if (items.length === 0 && error) {
    return (
      <div className="flex flex-1 flex-col items-center justify-center gap-3 p-6">
        <Alert>{describeError(error)}</Alert>
        <Button look="quiet" onClick={() => history.refetch()}>
          Try again
        </Button>
      </div>
    );
  }
  const top = (
    <TopOfHistory
      name={name}
      group={group}
      state={error ? 'failed' : isPending || hasNextPage ? 'loading' : 'complete'}
      empty={items.length === 0}
      onRetry={() => (data ? fetchNextPage() : history.refetch())}
    />
  );
  return (
    <>
      <MessageList
        label={`Messages with ${name}`}
        group={group}
        items={items}
        top={top}
        ready={data !== undefined}
        toEnd={toEnd}
        head={head}
        onNearTop={loadOlder}
        onNearEnd={loadNewer}
        conversationId={conversationId}
        {...list}
      />
      <NewMessageAnnouncer items={items} />
    </>
  );
}
