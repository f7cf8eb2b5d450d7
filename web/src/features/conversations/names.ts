import type { Conversation, User } from '@/api';

/** The other person of a direct conversation; undefined in a group. */
export function otherPerson(conversation: Conversation, me: string): User | undefined {
  if (conversation.type !== 'direct') return undefined;
  return conversation.participants.find(({ user }) => user.id !== me)?.user;
}

/** What a conversation is called for `me`. */
export function conversationName(conversation: Conversation, me: string): string {
  return conversation.title ?? otherPerson(conversation, me)?.displayName ?? 'Conversation';
}

/** By what a conversation is found: its name, and of direct ones how the other person is called, too. */
export function searchText(conversation: Conversation, me: string): string {
  const other = otherPerson(conversation, me);
  return other ? `${other.displayName} ${other.username}` : conversationName(conversation, me);
}

/** The last message in one line, and who said it where that is not plain to see. */
export type Preview = { speaker: string | null; text: string; quiet: boolean };

export function preview(conversation: Conversation, me: string): Preview {
  const message = conversation.lastMessage;
  if (!message) return { speaker: null, text: 'No messages yet', quiet: true };
  const own = message.senderId === me;
  const speaker = own ? 'You' : conversation.type === 'group' ? message.sender.displayName : null;
  if (message.deletedAt) return { speaker, text: 'Message deleted', quiet: true };
  return { speaker, text: message.content, quiet: false };
}
