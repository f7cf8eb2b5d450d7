import type { QueryClient } from '@tanstack/react-query';
import type { ReceiptCount, ReceiptUpdated, Subscribed } from '@/api';
import { findConversation } from '@/features/conversations';
import { readersQuery } from './queries';
import { nobody, type Readers, withCounts, withPosition } from './readers';

/** The other one has read on; that we did, on another device, is no receipt. */
export function applyReceipt(
  queryClient: QueryClient,
  { conversationId, seq, readBy }: ReceiptUpdated,
  me: string,
): void {
  if (readBy.userId !== me) update(queryClient, conversationId, (readers) => withPosition(readers, seq));
}

/** How far the other one is, after an absence. Of a group it is told as well, if that was asked for alone: it has counts. */
export function applyReads(queryClient: QueryClient, { conversationId, reads }: Subscribed, me: string): void {
  if (findConversation(queryClient, conversationId)?.type === 'group') return;
  const seq = Math.max(0, ...reads.filter(({ userId }) => userId !== me).map(({ lastReadSeq }) => lastReadSeq));
  if (seq > 0) update(queryClient, conversationId, (readers) => withPosition(readers, seq));
}

export function applyCount(queryClient: QueryClient, { conversationId, messageId, readCount }: ReceiptCount): void {
  applyCounts(queryClient, conversationId, [{ id: messageId, readCount }]);
}

export function applyCounts(
  queryClient: QueryClient,
  conversationId: string,
  told: { id: string; readCount: number }[],
): void {
  update(queryClient, conversationId, (readers) => withCounts(readers, told));
}

function update(queryClient: QueryClient, conversationId: string, change: (readers: Readers) => Readers): void {
  queryClient.setQueryData(readersQuery(conversationId).queryKey, (known = nobody) => change(known));
}
