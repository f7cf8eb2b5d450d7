import { useParams } from 'react-router';
import { useSession } from '@/features/auth';
import {
  ConversationHeader,
  ConversationUnavailable,
  conversationName,
  useConversation,
} from '@/features/conversations';
import { MessagesSkeleton, Thread } from '@/features/messages';
import { PageTitle } from '@/features/notifications';

export function ConversationPage() {
  const { id } = useParams();
  const me = useSession()?.userId;
  // The key gives every conversation its own scroll position, text and focus.
  return id && me ? <OpenConversation key={id} id={id} me={me} /> : null;
}

function OpenConversation({ id, me }: { id: string; me: string }) {
  const { conversation, unavailable, retry } = useConversation(id);
  const name = conversation ? conversationName(conversation, me) : '';
  return (
    <section aria-label={name || 'Conversation'} className="flex h-full flex-col pt-[env(safe-area-inset-top)]">
      <PageTitle>{name}</PageTitle>
      <ConversationHeader conversation={conversation} unavailable={unavailable !== null} me={me} />
      {unavailable ? (
        <ConversationUnavailable why={unavailable} onRetry={retry} />
      ) : conversation ? (
        <Thread conversation={conversation} name={name} me={me} />
      ) : (
        <MessagesSkeleton />
      )}
    </section>
  );
}
