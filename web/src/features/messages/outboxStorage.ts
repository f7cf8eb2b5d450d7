import { personalKey, readStored, writeStored } from '@/lib/storage';
import type { OutboxEntry } from './outbox';

const keyOf = (userId: string) => personalKey('outbox', userId);

/** What waits to be sent, in the order it was written. */
export function loadEntries(userId: string): OutboxEntry[] {
  const stored = readStored(keyOf(userId));
  return Array.isArray(stored) ? stored.filter(isEntry) : [];
}

export function saveEntries(userId: string, entries: OutboxEntry[]): void {
  writeStored(keyOf(userId), entries.length > 0 ? entries : null);
}

function isEntry(value: unknown): value is OutboxEntry {
  if (typeof value !== 'object' || value === null) return false;
  const entry: Partial<Record<keyof OutboxEntry, unknown>> = value;
  return (
    typeof entry.clientMessageId === 'string' &&
    typeof entry.conversationId === 'string' &&
    typeof entry.content === 'string' &&
    (entry.replyToId === null || typeof entry.replyToId === 'string') &&
    typeof entry.createdAt === 'string' &&
    (entry.failure === null || typeof entry.failure === 'string')
  );
}
