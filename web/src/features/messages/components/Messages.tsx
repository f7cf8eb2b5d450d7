import { useCallback } from 'react';
import { describeError } from '@/api';
import { Alert } from '@/ui/Alert';
import { Button } from '@/ui/Button';
import { useMessages } from '../useMessages';
import { MessageList } from './MessageList';
import { MessagesSkeleton } from './MessagesSkeleton';
import { NewMessageAnnouncer } from './NewMessageAnnouncer';
import { TopOfHistory } from './TopOfHistory';

type Props = { conversationId: string; name: string; group: boolean; me: string };

/** The messages of a conversation, in every state of being loaded. */
export function Messages({ conversationId, name, group, me }: Props) {
  const { items, history } = useMessages(conversationId, me);
  const { error, isPending, isFetching, hasNextPage, fetchNextPage } = history;

  const loadOlder = useCallback(() => {
    if (hasNextPage && !isFetching && !error) void fetchNextPage();
  }, [hasNextPage, isFetching, error, fetchNextPage]);

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
      onRetry={() => (history.data ? fetchNextPage() : history.refetch())}
    />
  );
  return (
    <>
      <MessageList label={`Messages with ${name}`} group={group} items={items} top={top} onNearTop={loadOlder} />
      <NewMessageAnnouncer items={items} />
    </>
  );
}
