import { useInfiniteQuery } from '@tanstack/react-query';
import { MessagesSquare } from 'lucide-react';
import { useParams } from 'react-router';
import { describeError } from '@/api';
import { Alert } from '@/ui/Alert';
import { Button } from '@/ui/Button';
import { EmptyState } from '@/ui/EmptyState';
import { Skeleton } from '@/ui/Skeleton';
import { useNow } from '@/ui/useNow';
import { useWindowFocus } from '@/ui/useWindowFocus';
import { allConversations } from '../cache';
import { conversationsQuery } from '../queries';
import { ConversationListItem } from './ConversationListItem';

type Props = { me: string; onNewChat: () => void };

export function ConversationList({ me, onNewChat }: Props) {
  const { id: openId } = useParams();
  const { data, error, isPending, refetch } = useInfiniteQuery(conversationsQuery);
  const focused = useWindowFocus();
  const now = useNow();

  if (isPending) return <ListSkeleton />;
  if (error && !data) {
    return (
      <div className="space-y-3 p-4">
        <Alert>{describeError(error)}</Alert>
        <Button look="quiet" onClick={() => refetch()}>
          Try again
        </Button>
      </div>
    );
  }
  const conversations = allConversations(data);
  if (conversations.length === 0) {
    return (
      <EmptyState
        icon={MessagesSquare}
        title="No conversations yet"
        action={<Button onClick={onNewChat}>Start a chat</Button>}
      >
        Find somebody by name and say hello.
      </EmptyState>
    );
  }
  return (
    <ul className="space-y-0.5">
      {conversations.map((conversation) => (
        // Rows out of sight cost no layout, so that long lists stay quick.
        <li key={conversation.id} className="[contain-intrinsic-size:auto_4rem] [content-visibility:auto]">
          <ConversationListItem
            conversation={conversation}
            me={me}
            now={now}
            seen={focused && conversation.id === openId}
          />
        </li>
      ))}
    </ul>
  );
}

function ListSkeleton() {
  return (
    <div role="status" aria-label="Loading conversations">
      {['w-32', 'w-24', 'w-40', 'w-28', 'w-36'].map((width) => (
        <div key={width} className="flex items-center gap-3 px-3 py-2.5">
          <Skeleton className="size-11" />
          <div className="flex-1 space-y-2.5">
            <Skeleton className={`h-3.5 ${width}`} />
            <Skeleton className="h-3 w-full" />
          </div>
        </div>
      ))}
    </div>
  );
}
