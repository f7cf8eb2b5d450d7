import type { ReactNode } from 'react';
import type { Conversation } from '@/api';
import { Avatar } from '@/ui/Avatar';
import { conversationName, otherPerson } from '../names';

type Props = { conversation: Conversation; me: string; badge?: ReactNode };

export function ConversationAvatar({ conversation, me, badge }: Props) {
  return (
    <Avatar
      name={conversationName(conversation, me)}
      id={otherPerson(conversation, me)?.id ?? conversation.id}
      group={conversation.type === 'group'}
      badge={badge}
    />
  );
}
