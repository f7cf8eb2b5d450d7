import type { QueryClient } from '@tanstack/react-query';
import { ApiError, type Message, type MessageSent, onlyAs, sendMessage, toApiError, type User } from '@/api';
import { meQuery } from '@/features/users';
import type { Realtime } from '@/realtime';
import type { OutboxEntry } from './outbox';

/** A dead line must not keep the outbox waiting for ever. */
const patience = 15_000;

/** Stores a message over the socket, or over HTTP when the socket gives no answer. */
export async function send(realtime: Realtime, queryClient: QueryClient, entry: OutboxEntry): Promise<Message> {
  const { conversationId, content, clientMessageId, replyToId } = entry;
  const body = { content, clientMessageId, replyToId };
  const me = await queryClient.ensureQueryData(meQuery).catch(rethrow);
  const answer = await realtime.sendMessage({ conversationId, ...body }).catch(() => null);
  if (answer?.ok) return storedMessage(entry, answer, me);
  if (answer) throw new ApiError(answer.error);
  const { data } = await sendMessage({
    path: { id: conversationId },
    body,
    signal: AbortSignal.timeout(patience),
    ...onlyAs(me.id),
  }).catch(rethrow);
  return data;
}

/** The message as the server stored it: the acknowledgement leaves out what the sender knows. */
function storedMessage(entry: OutboxEntry, sent: MessageSent, me: User): Message {
  const { id, username, displayName, avatarUrl } = me;
  return {
    id: sent.messageId,
    conversationId: sent.conversationId,
    seq: sent.seq,
    rev: null,
    senderId: id,
    sender: { id, username, displayName, avatarUrl },
    content: entry.content,
    contentType: 'text',
    clientMessageId: sent.clientMessageId,
    status: sent.status,
    replyToId: entry.replyToId,
    createdAt: sent.timestamp,
    updatedAt: sent.timestamp,
    deletedAt: null,
  };
}

function rethrow(error: unknown): never {
  throw toApiError(error);
}
