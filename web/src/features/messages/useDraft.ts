import { useStore } from '@/ui/useStore';
import { draftChanges, readDraft } from './drafts';

/** What is being written in a conversation; empty when nothing is. */
export function useDraft(userId: string, conversationId: string): string {
  useStore(draftChanges);
  return readDraft(userId, conversationId);
}
