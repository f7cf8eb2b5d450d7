import { listMessages, type Message, type MessageList } from '@/api';
import { uuidTime } from '@/lib/uuid';

/** Between making a message's id and storing it passes a moment, or more when the database is slow. */
const margins = [5_000, 120_000];
/** Clocks differ a little. */
const skew = 5_000;
const mostPages = 20;

/** Finds a message of which only the id is known: that says when it was made. */
export async function findQuoted(conversationId: string, messageId: string, signal?: AbortSignal): Promise<Message[]> {
  const made = uuidTime(messageId);
  for (const margin of margins) {
    const found = await lookBack(conversationId, messageId, made - skew, made + margin, signal);
    if (found) return [found];
  }
  return [];
}

async function lookBack(conversationId: string, messageId: string, from: number, to: number, signal?: AbortSignal) {
  const path = { id: conversationId };
  let cursor: string | null = null;
  for (let page = 0; page < mostPages; page += 1) {
    const place: { cursor: string } | { before: string } = cursor ? { cursor } : { before: new Date(to).toISOString() };
    const { data }: { data: MessageList } = await listMessages({ path, query: { ...place, limit: 100 }, signal });
    const found = data.messages.find(({ id }) => id === messageId);
    const oldest = data.messages.at(-1);
    if (found || !oldest || Date.parse(oldest.createdAt) < from) return found;
    cursor = data.meta.cursor;
    if (!cursor) return undefined;
  }
  return undefined;
}
