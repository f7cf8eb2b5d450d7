import { useQuery } from '@tanstack/react-query';
import type { Conversation, Role } from '@/api';
import { conversationQuery } from './queries';
import { roleOf } from './rules';

/** The role of `me`. Lists name ten people of a large group: whoever is none of them is looked for in its details. */
export function useMyRole(conversation: Conversation, me: string): Role | undefined {
  const known = roleOf(conversation, me);
  const { data } = useQuery({ ...conversationQuery(conversation.id), enabled: !known });
  return known ?? (data && roleOf(data, me));
}
