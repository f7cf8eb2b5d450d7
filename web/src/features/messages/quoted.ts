import { listMessages, type Message } from '@/api';
import { uuidTime } from '@/lib/uuid';

/** Between making a message's id and storing it passes a moment, or more when the database is slow. */
const margins = [5_000, 120_000];

/** Finds a message of which only the id is known: that says when it was made. */
export async function findQuoted(conversationId: string, messageId: string, signal?: AbortSignal): Promise<Message[]> {
  const made = uuidTime(messageId);
  for (const margin of margins) {
    const before = new Date(made + margin).toISOString();
    const { data } = await listMessages({ path: { id: conversationId }, query: { before, limit: 100 }, signal });
    const found = data.messages.find(({ id }) => id === messageId);
    if (found) return [found];
  }
  return [];
}
