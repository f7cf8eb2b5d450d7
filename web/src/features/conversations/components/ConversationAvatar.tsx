import type { Conversation } from '@/api';
import { Avatar } from '@/ui/Avatar';
import { conversationName, otherPerson } from '../names';

export function ConversationAvatar({ conversation, me }: { conversation: Conversation; me: string }) {
  return (
    <Avatar
      name={conversationName(conversation, me)}
      id={otherPerson(conversation, me)?.id ?? conversation.id}
      group={conversation.type === 'group'}
    />
  );
}
