import type { QueryClient } from '@tanstack/react-query';
import type { Message } from '@/api';
import { fetchMessages, liveMessagesQuery, messagesQuery } from './queries';

/** Takes in a message. A conversation that was never opened needs nothing: its history will have it. */
export function applyMessage(queryClient: QueryClient, message: Message): void {
  const { conversationId } = message;
  if (!queryClient.getQueryState(messagesQuery(conversationId).queryKey)) return;
  queryClient.setQueryData(liveMessagesQuery(conversationId).queryKey, (live = []) =>
    live.some(({ seq }) => seq === message.seq) ? live : [...live, message],
  );
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
