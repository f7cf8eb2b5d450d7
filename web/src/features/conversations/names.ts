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

/** The last message in one line. */
export function previewText(conversation: Conversation, me: string): string {
  const message = conversation.lastMessage;
  if (!message) return 'No messages yet';
  if (message.deletedAt) return 'Message deleted';
  if (message.senderId === me) return `You: ${message.content}`;
  return conversation.type === 'group' ? `${message.sender.displayName}: ${message.content}` : message.content;
}
