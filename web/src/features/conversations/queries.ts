import { infiniteQueryOptions, queryOptions, skipToken } from '@tanstack/react-query';
import { getConversation, listConversations } from '@/api';
import { notePresences } from '@/features/presence';
import { type KnownConversation, withNews } from './changes';

/** One page of the list, newest activity first. */
export async function fetchConversations(cursor?: string, signal?: AbortSignal) {
  return (await listConversations({ query: { cursor, limit: 100 }, signal })).data;
}

/** The list of conversations. Events keep it fresh, so it is fetched once. */
export const conversationsQuery = infiniteQueryOptions({
  queryKey: ['conversations', 'list'],
  queryFn: ({ pageParam, signal }) => fetchConversations(pageParam, signal),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: ({ meta }) => meta.cursor ?? undefined,
  staleTime: Number.POSITIVE_INFINITY,
});

/** Under this every single conversation is kept. */
export const conversationDetails = ['conversations', 'detail'];

/** In larger groups nobody is told who is here: one has to look, and again. */
const mostTold = 100;
export const lookAgainAfter = 60_000;
/** So long a look may take. */
const lookTime = 15_000;

/** Whether events tell who of a conversation is here. */
export function tellsPresence({ participantCount }: { participantCount: number }): boolean {
  return participantCount <= mostTold;
}

/** One conversation with everybody in it. */
export function conversationQuery(id: string) {
  const queryKey = [...conversationDetails, id];
  return queryOptions<KnownConversation>({
    queryKey,
    queryFn: async ({ signal, client }) => {
      const { data } = await getConversation({ path: { id }, signal });
      const presences = data.participants.map(({ presence }) => presence);
      notePresences(presences, tellsPresence(data) ? undefined : lookAgainAfter + lookTime);
      return withNews(data, client.getQueryData<KnownConversation>(queryKey));
    },
  });
}

/** Why a conversation that we took part in is not there any more, and since which change. */
export type Ending = { why: 'left' | 'deleted'; rev: number };

/** How a conversation ended for us while we were here. */
export function endingQuery(id: string) {
  return queryOptions<Ending>({
    queryKey: ['conversations', 'ending', id],
    queryFn: skipToken,
    staleTime: Number.POSITIVE_INFINITY,
    // As long as the page is open: it explains what is found behind an old link.
    gcTime: Number.POSITIVE_INFINITY,
  });
}
