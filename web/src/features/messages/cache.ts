import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import type { ListMessagesResponse, Message, User } from '@/api';
import { patchUser } from '@/features/users';
import { allMessages, fetchMessages, liveMessagesQuery, messagesQuery } from './queries';

type Known = Message[] | InfiniteData<ListMessagesResponse['data']>;

/** Takes in a message. A conversation that was never opened needs nothing: its history will have it. */
export function applyMessage(queryClient: QueryClient, message: Message): void {
  const { conversationId } = message;
  if (!queryClient.getQueryState(messagesQuery(conversationId).queryKey)) return;
  queryClient.setQueryData(liveMessagesQuery(conversationId).queryKey, (live = []) =>
    live.some(({ seq }) => seq === message.seq) ? live : [...live, message],
  );
}

/** Shows somebody as they are now above everything that they wrote. */
export function applyUserUpdated(queryClient: QueryClient, user: User): void {
  queryClient.setQueriesData<Known>({ queryKey: allMessages }, (known) => {
    if (!known) return known;
    if (Array.isArray(known)) return withSender(known, user);
    const pages = known.pages.map((page) => {
      const messages = withSender(page.messages, user);
      return messages === page.messages ? page : { ...page, messages };
    });
    return pages.every((page, index) => page === known.pages[index]) ? known : { ...known, pages };
  });
}

/** The same list when nobody in it is different, so that nothing is drawn again. */
function withSender<M extends Message>(messages: M[], user: User): M[] {
  const patched = messages.map((message) => {
    const sender = patchUser(message.sender, user);
    return sender === message.sender ? message : { ...message, sender };
  });
  return patched.every((message, index) => message === messages[index]) ? messages : patched;
}

/** Fetches the newest history again and forgets the rest, without showing an empty conversation in between. */
export async function reloadMessages(queryClient: QueryClient, conversationId: string): Promise<void> {
  const history = messagesQuery(conversationId).queryKey;
  if (!queryClient.getQueryState(history)) return;
  const page = await fetchMessages(conversationId);
  await queryClient.cancelQueries({ queryKey: history });
  queryClient.setQueryData(history, { pages: [page], pageParams: [undefined] });
  queryClient.setQueryData(liveMessagesQuery(conversationId).queryKey, (live) =>
    live?.filter(({ seq }) => seq > page.meta.seq),
  );
}
