import type { ReactNode } from 'react';
import type { Conversation } from '@/api';

type Props = {
  conversation: Conversation;
  /** The last message. */
  children: ReactNode;
};

/** What a row of the list says below the name. */
export function ConversationNote({ children }: Props) {
  return children;
}
