import { useInfiniteQuery } from '@tanstack/react-query';
import { MessagesSquare, SearchX } from 'lucide-react';
import { type ComponentType, type KeyboardEvent, type ReactNode, useState } from 'react';
import { useLocation, useParams } from 'react-router';
import { type Conversation, describeError } from '@/api';
import { fuzzyFilter } from '@/lib/fuzzy';
import { Alert } from '@/ui/Alert';
import { Button } from '@/ui/Button';
import { EmptyState } from '@/ui/EmptyState';
import { useNow } from '@/ui/useNow';
import { useWindowFocus } from '@/ui/useWindowFocus';
import { allConversations } from '../cache';
import { searchText } from '../names';
import { conversationsQuery } from '../queries';
import { ConversationListItem } from './ConversationListItem';
import { ListSkeleton } from './ListSkeleton';

type Props = {
  me: string;
  /** What is looked for in the names; nothing shows them all. */
  filter: string;
  /** Shows what is more to the point than the last message, like a draft, or else its children. */
  Note: ComponentType<{ conversation: Conversation; children: ReactNode }>;
  /** Somebody wants to start a chat: with whom they looked for. */
  onNewChat: (search: string) => void;
};

/** One's conversations, the newest activity first. */
export function ConversationList({ me, filter, Note, onNewChat }: Props) {
  const { id: openId } = useParams();
  const { pathname } = useLocation();
  const { data, error, isPending, isFetchNextPageError, fetchNextPage, refetch } = useInfiniteQuery(conversationsQuery);
  const [focusedId, setFocusedId] = useState<string | null>(null);
  const focused = useWindowFocus();
  const now = useNow();

  if (isPending && !error) return <ListSkeleton />;
  if (error && !data) return <Failed error={error} onRetry={() => refetch()} />;

  const all = allConversations(data);
  if (all.length === 0) {
    return (
      <EmptyState
        icon={MessagesSquare}
        title="No conversations yet"
        action={<Button onClick={() => onNewChat('')}>Start a chat</Button>}
      >
        Find somebody by name and say hello.
      </EmptyState>
    );
  }
  const shown = fuzzyFilter(filter, all, (conversation) => searchText(conversation, me));
  if (shown.length === 0) {
    return (
      <div role="status">
        <EmptyState
          icon={SearchX}
          title="No chat is called like that"
          action={<Button onClick={() => onNewChat(filter)}>Look among all people</Button>}
        />
      </div>
    );
  }
  // Tab leads to one row, where one was or is; from there go arrow keys.
  const isShown = (id: string | null | undefined) => shown.some((each) => each.id === id);
  const tabStop = [focusedId, openId].find(isShown) ?? shown[0]?.id;
  return (
    <>
      <ul
        className="space-y-0.5"
        onKeyDown={moveFocus}
        onFocus={({ target }) => setFocusedId(target.getAttribute('data-conversation'))}
      >
        {shown.map((conversation) => (
          // Rows out of sight cost no layout, so that long lists stay quick.
          <li key={conversation.id} className="[contain-intrinsic-size:auto_4rem] [content-visibility:auto]">
            <ConversationListItem
              conversation={conversation}
              me={me}
              now={now}
              seen={focused && conversation.id === openId}
              tabStop={conversation.id === tabStop}
              from={pathname}
              Note={Note}
            />
          </li>
        ))}
      </ul>
      {isFetchNextPageError && error && <Failed error={error} onRetry={() => fetchNextPage()} />}
    </>
  );
}

/** Arrow keys walk over the rows. */
function moveFocus(event: KeyboardEvent<HTMLUListElement>): void {
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-conversation]')];
  const at = rows.findIndex((row) => row.matches(':focus'));
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
  if (next === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  rows[Math.min(Math.max(next, 0), rows.length - 1)]?.focus();
}

function Failed({ error, onRetry }: { error: Error; onRetry: () => void }) {
  return (
    <div className="space-y-3 p-4">
      <Alert>{describeError(error)}</Alert>
      <Button look="quiet" onClick={onRetry}>
        Try again
      </Button>
    </div>
  );
}
