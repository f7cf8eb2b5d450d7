import { ArrowLeft } from 'lucide-react';
import type { MouseEvent } from 'react';
import { Link, useLocation, useNavigate } from 'react-router';
import type { Conversation } from '@/api';
import { Skeleton } from '@/ui/Skeleton';
import { conversationName, otherPerson } from '../names';
import { useConversationPanel } from '../panels';
import { ConversationAvatar } from './ConversationAvatar';
import { ConversationMenu } from './ConversationMenu';

type Props = {
  conversation: Conversation | undefined;
  /** There is none to wait for. */
  unavailable: boolean;
  me: string;
};

/** Who we are talking to, and what can be done about it. On phones it leads back to the list. */
export function ConversationHeader({ conversation, unavailable, me }: Props) {
  return (
    <header className="flex h-16 shrink-0 items-center gap-1 border-b border-line bg-surface px-2 md:pl-3">
      <BackToList />
      {conversation ? (
        <>
          <Title conversation={conversation} me={me} />
          <ConversationMenu conversation={conversation} me={me} />
        </>
      ) : (
        !unavailable && <TitleSkeleton />
      )}
    </header>
  );
}

/** Back, not onward, where the list is what one came from: so that the phone's own button does not lead here again. */
function BackToList() {
  const { state }: { state: { from?: unknown } | null } = useLocation();
  const navigate = useNavigate();
  const goBack = (event: MouseEvent) => {
    if (state?.from !== '/' || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    navigate(-1);
  };
  return (
    <Link
      to="/"
      replace
      onClick={goBack}
      aria-label="Back to conversations"
      className="inline-flex size-11 shrink-0 items-center justify-center rounded-full text-soft hover:bg-hover md:hidden"
    >
      <ArrowLeft aria-hidden className="size-5.5 rtl:-scale-x-100" />
    </Link>
  );
}

function Title({ conversation, me }: { conversation: Conversation; me: string }) {
  const { open } = useConversationPanel();
  const other = otherPerson(conversation, me);
  const name = conversationName(conversation, me);
  return (
    <div className="relative flex min-h-12 min-w-0 flex-1 items-center gap-3 rounded-xl px-2 transition-colors duration-150 hover:bg-hover has-focus-visible:outline-2 has-focus-visible:outline-accent-ink">
      <ConversationAvatar conversation={conversation} me={me} />
      <div className="min-w-0 flex-1">
        <h2 dir="auto" className="truncate text-left leading-tight font-semibold">
          {name}
        </h2>
        <p className="truncate text-sm text-soft">
          {other ? `@${other.username}` : countPeople(conversation.participantCount)}
        </p>
      </div>
      {/* Over all of it: a button around a heading would take the heading away. */}
      <button
        type="button"
        aria-label={other ? `About ${name}` : `Members of ${name}`}
        onClick={() => open(other ? 'person' : 'members')}
        className="absolute inset-0 rounded-xl outline-none"
      />
    </div>
  );
}

function countPeople(count: number): string {
  return count === 1 ? '1 member' : `${count.toLocaleString()} members`;
}

function TitleSkeleton() {
  return (
    <div className="flex items-center gap-3 px-2">
      <Skeleton className="size-11" />
      <div className="space-y-2">
        <Skeleton className="h-3.5 w-32" />
        <Skeleton className="h-3 w-20" />
      </div>
    </div>
  );
}
