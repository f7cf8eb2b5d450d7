import type { Conversation } from '@/api';
import { PresenceDot } from '@/features/presence';
import { Avatar } from '@/ui/Avatar';
import { conversationName, otherPerson } from '../names';

type Props = { conversation: Conversation; me: string };

/** With a dot that says whether the other person is here. */
export function ConversationAvatar({ conversation, me }: Props) {
  const other = otherPerson(conversation, me);
  return (
    <Avatar
      name={conversationName(conversation, me)}
      id={other?.id ?? conversation.id}
      group={conversation.type === 'group'}
      badge={other && <PresenceDot userId={other.id} />}
    />
  );
}
