import type { ReactNode } from 'react';
import { useParams } from 'react-router';
import type { Conversation } from '@/api';
import { useSession } from '@/features/auth';
import { useDraft } from '@/features/messages';
import { useTypingText } from '@/features/typing';

type Props = {
  conversation: Conversation;
  /** The last message. */
  children: ReactNode;
};

/** What a row of the list says below the name: who types, or what was begun, or the last message. */
export function ConversationNote({ conversation, children }: Props) {
  const { id: openId } = useParams();
  const typing = useTypingText(conversation);
  const draft = useDraft(useSession()?.userId ?? '', conversation.id);
  if (typing) return <span className="text-accent-ink">{typing}</span>;
  // In the one that is open it can be seen already.
  if (draft.trim() === '' || conversation.id === openId) return children;
  return (
    <>
      <span className="text-danger">Draft:</span> {draft}
    </>
  );
}
