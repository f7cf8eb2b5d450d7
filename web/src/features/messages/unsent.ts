import { clearDrafts } from './drafts';
import { saveEntries } from './outboxStorage';

/** Forgets what a person wrote but did not send: nobody else should find it on this computer. */
export function forgetUnsent(userId: string): void {
  saveEntries(userId, []);
  clearDrafts(userId);
}
