import { InfiniteQueryObserver, type QueryClient } from '@tanstack/react-query';
import { ApiError } from '@/api';
import type { Realtime } from '@/realtime';
import {
  allConversations,
  applyChange,
  applyConversationCreated,
  applyEnding,
  applyFreshPage,
  applyMessage,
  applySubscribed,
  applyUserUpdated,
  changedUsers,
  findConversation,
  putConversation,
} from './cache';
import { isAbsent, isDeleted, isPresent, looksChanged } from './changes';
import { conversationDetails, conversationQuery, conversationsQuery, endingQuery, fetchConversations } from './queries';

/** After a drain or a crash, over so many milliseconds everybody asks for what events do not replay. */
const spread = 10_000;

/** Loads the list, follows every conversation in it, and keeps it true. Answers how to stop. */
export function followConversations(realtime: Realtime, queryClient: QueryClient, me: string): () => void {
  let wasConnected = false;
  let catchingUp: ReturnType<typeof setTimeout> | undefined;
  const stops = [
    () => clearTimeout(catchingUp),
    new InfiniteQueryObserver(queryClient, conversationsQuery).subscribe((list) => {
      realtime.track(allConversations(list.data));
      // All of it: a conversation that is not followed would stay silent.
      if (list.hasNextPage && !list.isFetching && !list.isError) void list.fetchNextPage();
    }),
    realtime.on('message:received', ({ message }) => {
      const { conversationId } = message;
      if (findConversation(queryClient, conversationId)) applyMessage(queryClient, message, me);
      // Somewhere we were taken into without having heard of it.
      else if (queryClient.getQueryData(conversationsQuery.queryKey)) inBackground(fetch(queryClient, conversationId));
    }),
    realtime.on('message:deleted', (event) => applyChange(queryClient, event.conversationId, isDeleted(event))),
    realtime.on('conversation:created', (event) => applyConversationCreated(queryClient, event)),
    realtime.on('conversation:updated', (event) =>
      applyChange(queryClient, event.conversation.id, looksChanged(event)),
    ),
    realtime.on('conversation:deleted', ({ conversationId, rev }) =>
      applyEnding(queryClient, conversationId, 'deleted', rev),
    ),
    realtime.on('participant:added', (event) => applyChange(queryClient, event.conversationId, isPresent(event))),
    realtime.on('participant:updated', (event) => applyChange(queryClient, event.conversationId, isPresent(event))),
    realtime.on('participant:removed', (event) => {
      if (event.userId === me) applyEnding(queryClient, event.conversationId, 'left', event.rev);
      else applyChange(queryClient, event.conversationId, isAbsent(event));
    }),
    realtime.on('subscribed', (subscription) => applySubscribed(queryClient, subscription)),
    realtime.on('user:updated', (user) => applyUserUpdated(queryClient, user)),
    realtime.on('connected', ({ withMany }) => {
      const again = wasConnected;
      wasConnected = true;
      const ask = () => {
        inBackground(catchUp(realtime, queryClient));
        // Who of a group is here has no numbers either. Only what is shown is fetched again.
        if (again) inBackground(queryClient.invalidateQueries({ queryKey: conversationDetails }));
      };
      clearTimeout(catchingUp);
      if (withMany) catchingUp = setTimeout(ask, Math.random() * spread);
      else ask();
    }),
    realtime.on('reset', (id) => inBackground(fetch(queryClient, id))),
    realtime.on('gone', (id) => {
      // Said after the event that tells why, if there was one.
      if (!queryClient.getQueryData(endingQuery(id).queryKey)) inBackground(findOut(queryClient, id));
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

async function fetch(queryClient: QueryClient, id: string): Promise<void> {
  putConversation(queryClient, await queryClient.fetchQuery({ ...conversationQuery(id), staleTime: 0 }));
}

/** The server follows a conversation for us no more: it says why when it is asked. */
async function findOut(queryClient: QueryClient, id: string): Promise<void> {
  try {
    await fetch(queryClient, id);
  } catch (error) {
    const gone = error instanceof ApiError && (error.code === 'NOT_FOUND' || error.code === 'NOT_IN_CONVERSATION');
    if (gone) applyEnding(queryClient, id, error.code === 'NOT_FOUND' ? 'deleted' : 'left');
  }
}

/** A failure here leaves things as they were; the next connection tries again. */
function inBackground(task: Promise<unknown>): void {
  task.catch(() => undefined);
}
