import { MessageCircleOff } from 'lucide-react';
import { Link, useParams } from 'react-router';
import { ApiError, describeError } from '@/api';
import { useSession } from '@/features/auth';
import { ConversationHeader, conversationName, useConversation } from '@/features/conversations';
import { MessagesSkeleton, Thread } from '@/features/messages';
import { Button } from '@/ui/Button';
import { EmptyState } from '@/ui/EmptyState';

export function ConversationPage() {
  const { id } = useParams();
  const me = useSession()?.userId;
  // The key gives every conversation its own scroll position, text and focus.
  return id && me ? <OpenConversation key={id} id={id} me={me} /> : null;
}

function OpenConversation({ id, me }: { id: string; me: string }) {
  const { conversation, error, retry } = useConversation(id);
  const name = conversation ? conversationName(conversation, me) : '';
  return (
    <section aria-label={name || 'Conversation'} className="flex h-full flex-col pt-[env(safe-area-inset-top)]">
      <title>{name ? `${name} · Trice` : 'Trice'}</title>
      <ConversationHeader conversation={conversation} me={me} />
      {error ? (
        <Unavailable error={error} onRetry={retry} />
      ) : conversation ? (
        <Thread conversation={conversation} name={name} me={me} />
      ) : (
        <MessagesSkeleton />
      )}
    </section>
  );
}

function Unavailable({ error, onRetry }: { error: Error; onRetry: () => void }) {
  const gone = error instanceof ApiError && !error.retryable;
  return (
    <div className="flex flex-1 items-center justify-center">
      <EmptyState
        icon={MessageCircleOff}
        title={gone ? 'This conversation is not available' : 'This conversation could not be loaded'}
        action={
          gone ? (
            <Link to="/" className="font-medium text-accent-ink underline underline-offset-2">
              Back to your chats
            </Link>
          ) : (
            <Button onClick={onRetry}>Try again</Button>
          )
        }
      >
        {describeError(error)}
      </EmptyState>
    </div>
  );
}
