import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import type { Conversation, ConversationCreated, ListConversationsResponse, Message, Subscribed, User } from '@/api';
import { patchUser } from '@/features/users';
import { conversationDetails, conversationsQuery } from './queries';

type Page = ListConversationsResponse['data'];
type Data = InfiniteData<Page, string | undefined>;

/** The list as one, each conversation once: while pages are read, activity moves conversations between them. */
export function allConversations(data: Pick<Data, 'pages'> | undefined): Conversation[] {
  const byId = new Map<string, Conversation>();
  for (const page of data?.pages ?? []) {
    for (const conversation of page.conversations) {
      if (!byId.has(conversation.id)) byId.set(conversation.id, conversation);
    }
  }
  return [...byId.values()];
}

export function findConversation(queryClient: QueryClient, id: string): Conversation | undefined {
  return allConversations(queryClient.getQueryData(conversationsQuery.queryKey)).find((known) => known.id === id);
}

/** A newer message becomes the last one and moves its conversation to the top. Older news change nothing. */
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
  if (findConversation(queryClient, conversation.id)) return;
  putConversation(queryClient, {
    ...conversation,
    unreadCount: 0,
    lastReadMessageId: conversation.lastMessage?.id ?? null,
  });
}

/** The server's own count replaces ours, unless a message came after it was taken. */
export function applySubscribed(queryClient: QueryClient, { conversationId, seq, unreadCount }: Subscribed): void {
  const known = findConversation(queryClient, conversationId);
  if (!known || known.lastSeq > seq || known.unreadCount === unreadCount) return;
  update(queryClient, (page) => ({
    ...page,
    conversations: page.conversations.map((each) => (each.id === conversationId ? { ...each, unreadCount } : each)),
  }));
}

/** Puts a conversation on top of the list, in place of what was known of it. */
export function putConversation(queryClient: QueryClient, conversation: Conversation): void {
  update(queryClient, (page, index) => {
    const others = page.conversations.filter(({ id }) => id !== conversation.id);
    return { ...page, conversations: index === 0 ? [conversation, ...others] : others };
  });
}

export function removeConversation(queryClient: QueryClient, id: string): void {
  update(queryClient, (page) => ({ ...page, conversations: page.conversations.filter((each) => each.id !== id) }));
}

/** Lays a page that was just fetched over the list. Answers whether it brought a new conversation or a newer message. */
export function applyFreshPage(queryClient: QueryClient, fresh: Page): boolean {
  const news = fresh.conversations.filter(
    ({ id, lastSeq }) => (findConversation(queryClient, id)?.lastSeq ?? -1) < lastSeq,
  );
  for (const conversation of news.toReversed()) putConversation(queryClient, conversation);
  return news.length > 0;
}

/** Shows somebody as they are now, wherever they take part or wrote the last message. */
export function applyUserUpdated(queryClient: QueryClient, user: User): void {
  const patch = (conversation: Conversation) => withUser(conversation, user);
  update(queryClient, (page) => {
    const conversations = page.conversations.map(patch);
    // What shows none of it need not be drawn again.
    return conversations.every((each, index) => each === page.conversations[index]) ? page : { ...page, conversations };
  });
  queryClient.setQueriesData<Conversation>({ queryKey: conversationDetails }, (known) => known && patch(known));
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

function withUser(conversation: Conversation, user: User): Conversation {
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

function update(queryClient: QueryClient, change: (page: Page, index: number) => Page): void {
  queryClient.setQueryData(conversationsQuery.queryKey, (data) => data && { ...data, pages: data.pages.map(change) });
}
