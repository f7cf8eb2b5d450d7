import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import type { Message, MessageDeleted, User } from '@/api';
import { patchUser } from '@/features/users';
import { covers, type Page, type Place, reachesEnd } from './history';
import { allMessages, fetchMessages, lastReadQuery, liveMessagesQuery, messagesQuery } from './queries';

type Known = Message[] | InfiniteData<Page, Place>;

/**
 * Takes in a message, or a newer state of it. A conversation that was never opened needs nothing: its history will
 * have it.
 */
export function applyMessage(queryClient: QueryClient, message: Message): void {
  const { conversationId } = message;
  if (!queryClient.getQueryState(messagesQuery(conversationId).queryKey)) return;
  queryClient.setQueryData(liveMessagesQuery(conversationId).queryKey, (live = []) => {
    const index = live.findIndex(({ seq }) => seq === message.seq);
    if (index < 0) return [...live, message];
    return (live[index]?.rev ?? 0) < (message.rev ?? 0) ? live.with(index, message) : live;
  });
}

/** Makes a message a tombstone, wherever it is shown. */
export function applyMessageDeleted(
  queryClient: QueryClient,
  {
    conversationId,
    messageId,
    deletedAt,
    rev,
  }: Pick<MessageDeleted, 'conversationId' | 'messageId' | 'deletedAt'> & {
    /** Null while the number of this change is not known yet. */
    rev: number | null;
  },
): void {
  patchMessages(queryClient, [...allMessages, conversationId], (message) => {
    if (message.id !== messageId || (message.deletedAt && (message.rev ?? 0) >= (rev ?? 0))) return message;
    return { ...message, content: '', deletedAt, updatedAt: deletedAt, rev: rev ?? message.rev };
  });
}

/** Shows somebody as they are now above everything that they wrote. */
export function applyUserUpdated(queryClient: QueryClient, user: User): void {
  patchMessages(queryClient, allMessages, (message) => {
    const sender = patchUser(message.sender, user);
    return sender === message.sender ? message : { ...message, sender };
  });
}

/** Positions only grow, so older news change nothing. */
export function applyLastRead(queryClient: QueryClient, conversationId: string, seq: number): void {
  queryClient.setQueryData(lastReadQuery(conversationId).queryKey, (known = 0) => Math.max(known, seq));
}

/** Reads history at `place` and forgets the rest, without showing an empty conversation in between. */
export async function showHistory(queryClient: QueryClient, conversationId: string, place: Place): Promise<void> {
  const history = messagesQuery(conversationId).queryKey;
  const page = await fetchMessages(conversationId, place);
  await queryClient.cancelQueries({ queryKey: history });
  queryClient.setQueryData(history, { pages: [page], pageParams: [place] });
}

/** Fetches the newest history again; what is shown may be wrong, whichever part it is. */
export async function reloadMessages(queryClient: QueryClient, conversationId: string): Promise<void> {
  const history = messagesQuery(conversationId).queryKey;
  if (!queryClient.getQueryState(history)) return;
  await showHistory(queryClient, conversationId, 'newest');
  const head = queryClient.getQueryData(history)?.pages[0]?.meta.seq ?? 0;
  queryClient.setQueryData(liveMessagesQuery(conversationId).queryKey, (live) => live?.filter(({ seq }) => seq > head));
}

/** Before a conversation is opened: history that would not show `seq`, or not the end, is forgotten. */
export function forgetUnless(queryClient: QueryClient, conversationId: string, seq: number | null): void {
  const history = messagesQuery(conversationId).queryKey;
  const pages = queryClient.getQueryData(history)?.pages;
  if (pages && (seq === null ? !reachesEnd(pages) : !covers(pages, seq))) {
    queryClient.removeQueries({ queryKey: [...allMessages, conversationId] });
  }
}

function patchMessages(
  queryClient: QueryClient,
  queryKey: string[],
  patch: <M extends Message>(message: M) => M,
): void {
  queryClient.setQueriesData<Known>({ queryKey }, (known) => {
    if (!known) return known;
    if (Array.isArray(known)) return patched(known, patch);
    const pages = known.pages.map((page) => {
      const messages = patched(page.messages, patch);
      return messages === page.messages ? page : { ...page, messages };
    });
    return pages.every((page, index) => page === known.pages[index]) ? known : { ...known, pages };
  });
}

/** The same list when nothing in it is different, so that nothing is drawn again. */
function patched<M extends Message>(messages: M[], patch: (message: M) => M): M[] {
  const next = messages.map(patch);
  return next.every((message, index) => message === messages[index]) ? messages : next;
}
