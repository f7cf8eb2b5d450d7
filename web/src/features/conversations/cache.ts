import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import type {
  Conversation,
  ConversationCreated,
  ListConversationsResponse,
  Message,
  Participant,
  Subscribed,
  User,
} from '@/api';
import { patchUser } from '@/features/users';
import { type Change, type KnownConversation, withChange, withNews } from './changes';
import { conversationDetails, conversationQuery, conversationsQuery, type Ending, endingQuery } from './queries';

type Page = ListConversationsResponse['data'];
type Data = InfiniteData<Page, string | undefined>;

/** The list as one, each conversation once: while pages are read, activity moves conversations between them. */
export function allConversations(data: Pick<Data, 'pages'> | undefined): KnownConversation[] {
  const byId = new Map<string, KnownConversation>();
  for (const page of data?.pages ?? []) {
    for (const conversation of page.conversations) {
      if (!byId.has(conversation.id)) byId.set(conversation.id, conversation);
    }
  }
  return [...byId.values()];
}

export function findConversation(queryClient: QueryClient, id: string): KnownConversation | undefined {
  return allConversations(queryClient.getQueryData(conversationsQuery.queryKey)).find((known) => known.id === id);
}

/** A newer message becomes the last one and moves its conversation up. Older news change nothing. */
export function applyMessage(queryClient: QueryClient, message: Message, me: string): void {
  const known = findConversation(queryClient, message.conversationId);
  if (!known || message.seq <= known.lastSeq) return;
  putConversation(queryClient, {
    ...known,
    lastSeq: message.seq,
    lastMessage: message,
    updatedAt: message.createdAt,
    // Sending counts as having read everything before.
    unreadCount: message.senderId === me ? 0 : known.unreadCount + 1,
  });
}

/** A conversation that is new to us starts with everything read. One that is known knows more than the event. */
export function applyConversationCreated(queryClient: QueryClient, { conversation }: ConversationCreated): void {
  queryClient.removeQueries({ queryKey: endingQuery(conversation.id).queryKey });
  if (findConversation(queryClient, conversation.id)) return;
  update(queryClient, (list) => [
    { ...conversation, unreadCount: 0, lastReadMessageId: conversation.lastMessage?.id ?? null },
    ...list,
  ]);
}

/** Makes a numbered change wherever the conversation is shown, each as far as it does not know better. */
export function applyChange(queryClient: QueryClient, id: string, change: Change): void {
  if (findConversation(queryClient, id)) {
    update(queryClient, (list) => list.map((each) => (each.id === id ? withChange(each, change) : each)));
  }
  queryClient.setQueryData(conversationQuery(id).queryKey, (known) => known && withChange(known, change));
}

/** We take part no more, or there is nothing left to take part in. Old news of somebody who joined again change nothing. */
export function applyEnding(queryClient: QueryClient, id: string, why: Ending['why'], rev?: number): void {
  const known = findConversation(queryClient, id);
  if (known && rev !== undefined && rev <= (known.since?.rev ?? known.lastRev)) return;
  update(queryClient, (list) => list.filter((each) => each.id !== id));
  queryClient.removeQueries({ queryKey: conversationQuery(id).queryKey });
  queryClient.setQueryData(endingQuery(id).queryKey, { why, rev: rev ?? known?.lastRev ?? 0 });
}

/** Whether this was fetched before the conversation ended for us. */
function isOver(queryClient: QueryClient, { id, lastRev }: Conversation): boolean {
  const ending = queryClient.getQueryData(endingQuery(id).queryKey);
  return ending !== undefined && lastRev <= ending.rev;
}

/** The server's own count replaces ours, unless a message came after it was taken. */
export function applySubscribed(queryClient: QueryClient, { conversationId, seq, unreadCount }: Subscribed): void {
  const known = findConversation(queryClient, conversationId);
  if (!known || known.lastSeq > seq || known.unreadCount === unreadCount) return;
  update(queryClient, (list) => list.map((each) => (each.id === conversationId ? { ...each, unreadCount } : each)));
}

/** Takes in a conversation that was fetched, or has news, at its place by activity. */
export function putConversation(queryClient: QueryClient, fresh: KnownConversation): void {
  if (isOver(queryClient, fresh)) return;
  queryClient.removeQueries({ queryKey: endingQuery(fresh.id).queryKey });
  update(queryClient, (list) => {
    const conversation = withNews(
      fresh,
      list.find(({ id }) => id === fresh.id),
    );
    const others = list.filter(({ id }) => id !== fresh.id);
    const place = others.findIndex(({ updatedAt }) => updatedAt <= conversation.updatedAt);
    return others.toSpliced(place < 0 ? others.length : place, 0, conversation);
  });
}

/** Puts what was just fetched in the place of what is known, and does not move it. */
export function refreshConversation(queryClient: QueryClient, fresh: Conversation): void {
  update(queryClient, (list) => list.map((each) => (each.id === fresh.id ? withNews(fresh, each) : each)));
  queryClient.setQueryData(conversationQuery(fresh.id).queryKey, (known) => known && withNews(fresh, known));
}

/** Changes who is in a group, as an answer says that has no number. Events say the same, and tell the list. */
export function applyParticipants(
  queryClient: QueryClient,
  id: string,
  change: (participants: Participant[]) => Participant[],
): void {
  queryClient.setQueryData(conversationQuery(id).queryKey, (known) => {
    if (!known) return known;
    const participants = change(known.participants);
    return { ...known, participants, participantCount: participants.length };
  });
}

/** Lays a page that was just fetched over the list. Answers whether it brought a new conversation or a newer message. */
export function applyFreshPage(queryClient: QueryClient, fresh: Page): boolean {
  const isNews = (each: Conversation) =>
    !isOver(queryClient, each) && (findConversation(queryClient, each.id)?.lastSeq ?? -1) < each.lastSeq;
  const news = fresh.conversations.filter(isNews);
  for (const conversation of news.toReversed()) putConversation(queryClient, conversation);
  const same = fresh.conversations.filter((each) => !news.includes(each));
  const byId = new Map(same.map((each) => [each.id, each]));
  // As far as these pages are read, who takes part and what is unread is as the server has it.
  if (same.length > 0) {
    update(queryClient, (list) =>
      list.map((known) => {
        const page = byId.get(known.id);
        return page && page.lastRev >= (known.since?.rev ?? known.lastRev) ? withNews(page, known) : known;
      }),
    );
  }
  return news.length > 0;
}

/** Shows somebody as they are now, wherever they take part or wrote the last message. */
export function applyUserUpdated(queryClient: QueryClient, user: User): void {
  const patch = (conversation: KnownConversation) => withUser(conversation, user);
  update(queryClient, (list) => {
    const patched = list.map(patch);
    // What shows none of it need not be drawn again.
    return patched.every((each, index) => each === list[index]) ? list : patched;
  });
  queryClient.setQueriesData<KnownConversation>({ queryKey: conversationDetails }, (known) => known && patch(known));
}

/** The people on a fresh page who are not what the list shows: what they changed while we were away. */
export function changedUsers(queryClient: QueryClient, fresh: Page): User[] {
  const changed = new Map<string, User>();
  for (const conversation of fresh.conversations) {
    const known = findConversation(queryClient, conversation.id);
    for (const { user } of conversation.participants) {
      const shown = known?.participants.find((each) => each.user.id === user.id)?.user;
      if (shown && patchUser(shown, user) !== shown) changed.set(user.id, user);
    }
  }
  return [...changed.values()];
}

function withUser(conversation: KnownConversation, user: User): KnownConversation {
  const participants = conversation.participants.map((each) => {
    const patched = patchUser(each.user, user);
    return patched === each.user ? each : { ...each, user: patched };
  });
  const { lastMessage } = conversation;
  const sender = lastMessage && patchUser(lastMessage.sender, user);
  const same =
    sender === lastMessage?.sender && participants.every((each, index) => each === conversation.participants[index]);
  if (same) return conversation;
  return {
    ...conversation,
    participants,
    lastMessage: lastMessage && sender ? { ...lastMessage, sender } : lastMessage,
  };
}

/** Changes the list as one. All of it moves to the first page; the others keep where reading goes on. */
function update(queryClient: QueryClient, change: (list: KnownConversation[]) => KnownConversation[]): void {
  queryClient.setQueryData(conversationsQuery.queryKey, (data) => {
    if (!data) return data;
    const before = allConversations(data);
    const after = change(before);
    if (after === before) return data;
    return { ...data, pages: data.pages.map((page, index) => ({ ...page, conversations: index === 0 ? after : [] })) };
  });
}
