import { keepPreviousData, queryOptions, skipToken } from '@tanstack/react-query';
import { listReceipts } from '@/api';
import type { Readers } from './readers';

/** Under this, what others have read is kept, by conversation. */
export const allReaders = ['readers'];

/** What others have read of a conversation, as events told it: on top of what history says. */
export function readersQuery(conversationId: string) {
  return queryOptions<Readers>({
    queryKey: [...allReaders, conversationId],
    queryFn: skipToken,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Who has read a message; asked again with every one more. */
export function receiptsQuery(messageId: string, readCount: number) {
  return queryOptions({
    queryKey: ['receipts', messageId, readCount],
    queryFn: async ({ signal }) => (await listReceipts({ path: { id: messageId }, signal })).data,
    placeholderData: keepPreviousData,
    staleTime: 0,
  });
}
