import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type CreateConversationInput, createConversation } from '@/api';
import { putConversation } from './cache';

/** Creates a conversation; a direct one that exists already is found instead. */
export function useCreateConversation() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (body: CreateConversationInput) => (await createConversation({ body })).data,
    onSuccess: (conversation) => putConversation(queryClient, conversation),
  });
}
