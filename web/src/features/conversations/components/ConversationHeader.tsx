import { ArrowLeft } from 'lucide-react';
import { Link } from 'react-router';
import type { Conversation } from '@/api';
import { Skeleton } from '@/ui/Skeleton';
import { conversationName, otherPerson } from '../names';
import { ConversationAvatar } from './ConversationAvatar';

/** Who we are talking to. On phones it leads back to the list. */
export function ConversationHeader({ conversation, me }: { conversation: Conversation | undefined; me: string }) {
  return (
    <header className="flex h-16 shrink-0 items-center gap-3 border-b border-line bg-surface pr-4 pl-2 md:pl-5">
      <Link
        to="/"
        aria-label="Back to conversations"
        className="inline-flex size-11 items-center justify-center rounded-full text-soft hover:bg-hover md:hidden"
      >
        <ArrowLeft aria-hidden className="size-5.5" />
      </Link>
      {conversation ? <Title conversation={conversation} me={me} /> : <TitleSkeleton />}
    </header>
  );
}

function Title({ conversation, me }: { conversation: Conversation; me: string }) {
  const other = otherPerson(conversation, me);
  return (
    <>
      <ConversationAvatar conversation={conversation} me={me} />
      <div className="min-w-0">
        <h2 dir="auto" className="truncate leading-tight font-semibold">
          {conversationName(conversation, me)}
        </h2>
        <p className="truncate text-sm text-soft">
          {other ? `@${other.username}` : `${conversation.participantCount} members`}
        </p>
      </div>
    </>
  );
}

function TitleSkeleton() {
  return (
    <>
      <Skeleton className="size-11" />
      <div className="space-y-2">
        <Skeleton className="h-3.5 w-32" />
        <Skeleton className="h-3 w-20" />
      </div>
    </>
  );
}
