import { personalKey, readStored, writeStored } from '@/lib/storage';
import { createStore } from '@/lib/store';

/** Counts changes, so that what shows drafts elsewhere looks again. */
export const draftChanges = createStore(0);

const keyOf = (userId: string) => personalKey('drafts', userId);

function loadDrafts(userId: string): Map<string, string> {
  const stored = readStored(keyOf(userId));
  if (typeof stored !== 'object' || stored === null) return new Map();
  return new Map(Object.entries(stored).filter(([, draft]) => typeof draft === 'string'));
}

/** What was being written in a conversation. */
export function readDraft(userId: string, conversationId: string): string {
  return loadDrafts(userId).get(conversationId) ?? '';
}

export function writeDraft(userId: string, conversationId: string, text: string): void {
  const drafts = loadDrafts(userId);
  if (text === '') drafts.delete(conversationId);
  else drafts.set(conversationId, text);
  writeStored(keyOf(userId), drafts.size > 0 ? Object.fromEntries(drafts) : null);
  draftChanges.set(draftChanges.get() + 1);
}
