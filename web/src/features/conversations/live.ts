import { InfiniteQueryObserver, type QueryClient } from '@tanstack/react-query';
import type { Realtime } from '@/realtime';
import {
  allConversations,
  applyConversationCreated,
  applyFreshPage,
  applyMessage,
  applySubscribed,
  applyUserUpdated,
  changedUsers,
  putConversation,
  removeConversation,
} from './cache';
import { conversationQuery, conversationsQuery, fetchConversations } from './queries';

/** Loads the list, follows every conversation in it, and keeps it true. Answers how to stop. */
export function followConversations(realtime: Realtime, queryClient: QueryClient, me: string): () => void {
  const stops = [
    new InfiniteQueryObserver(queryClient, conversationsQuery).subscribe((list) => {
      realtime.track(allConversations(list.data));
      // All of it: a conversation that is not followed would stay silent.
      if (list.hasNextPage && !list.isFetching && !list.isError) void list.fetchNextPage();
    }),
    realtime.on('message:received', ({ message }) => applyMessage(queryClient, message, me)),
    realtime.on('conversation:created', (event) => applyConversationCreated(queryClient, event)),
    realtime.on('subscribed', (subscription) => applySubscribed(queryClient, subscription)),
    realtime.on('user:updated', (user) => applyUserUpdated(queryClient, user)),
    realtime.on('connected', () => inBackground(catchUp(realtime, queryClient))),
    realtime.on('reset', (id) => inBackground(fetchAgain(queryClient, id))),
    realtime.on('gone', (id) => {
      removeConversation(queryClient, id);
      inBackground(queryClient.invalidateQueries({ queryKey: conversationQuery(id).queryKey }));
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/** Reads the list from the top until a page brings nothing new: what was created or said while we were away. */
async function catchUp(realtime: Realtime, queryClient: QueryClient): Promise<void> {
  await queryClient.ensureInfiniteQueryData(conversationsQuery);
  let cursor: string | undefined;
  do {
    const page = await fetchConversations(cursor);
    // These changes have no numbers, so nothing is replayed.
    for (const user of changedUsers(queryClient, page)) realtime.noteUser(user);
    cursor = applyFreshPage(queryClient, page) ? (page.meta.cursor ?? undefined) : undefined;
  } while (cursor);
}

async function fetchAgain(queryClient: QueryClient, id: string): Promise<void> {
  putConversation(queryClient, await queryClient.fetchQuery({ ...conversationQuery(id), staleTime: 0 }));
}

/** A failure here leaves things as they were; the next connection tries again. */
function inBackground(task: Promise<unknown>): void {
  task.catch(() => undefined);
}
