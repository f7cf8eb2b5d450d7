import type { Conversation } from '@/api';
import { useStore } from '@/ui/useStore';
import { typists } from './live';
import { typingText } from './typists';

/** Who writes in a conversation, in words; null when nobody does. */
export function useTypingText({ id, participants }: Pick<Conversation, 'id' | 'participants'>): string | null {
  const here = useStore(typists).get(id) ?? [];
  return typingText(
    here.map(
      ({ userId, username }) => participants.find(({ user }) => user.id === userId)?.user.displayName ?? username,
    ),
  );
}
