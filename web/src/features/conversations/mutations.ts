import { type QueryClient, useMutation, useQueryClient } from '@tanstack/react-query';
import {
  addParticipants,
  type CreateConversationInput,
  createConversation,
  deleteConversation,
  type Role,
  removeParticipant,
  type UpdateConversationInput,
  updateConversation,
  updateParticipant,
} from '@/api';
import { applyEnding, applyParticipants, putConversation, refreshConversation } from './cache';
import { conversationQuery } from './queries';

/** Creates a conversation; a direct one that exists already is found instead. */
export function useCreateConversation() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (body: CreateConversationInput) => (await createConversation({ body })).data,
    onSuccess: (conversation) => putConversation(queryClient, conversation),
  });
}

/** Changes a group's name or picture. */
export function useUpdateConversation(id: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (body: UpdateConversationInput) => (await updateConversation({ path: { id }, body })).data,
    onSuccess: (conversation) => refreshConversation(queryClient, conversation),
  });
}

/** How many people the server takes at once. */
const mostAtOnce = 100;

/** Adds people to a group. */
export function useAddPeople(id: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (userIds: string[]) => {
      for (let from = 0; from < userIds.length; from += mostAtOnce) {
        const body = { userIds: userIds.slice(from, from + mostAtOnce) };
        const { participants } = (await addParticipants({ path: { id }, body })).data;
        applyParticipants(queryClient, id, () => participants);
      }
    },
  });
}

/** Gives somebody in a group another role. */
export function useSetRole(id: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async ({ userId, role }: { userId: string; role: Role }) =>
      (await updateParticipant({ path: { id, userId }, body: { role } })).data,
    onSuccess: (changed) =>
      applyParticipants(queryClient, id, (all) =>
        all.map((each) => (each.user.id === changed.user.id ? { ...each, role: changed.role } : each)),
      ),
    onError: () => lookAgain(queryClient, id),
  });
}

/** Takes somebody out of a group. */
export function useRemovePerson(id: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (userId: string) => removeParticipant({ path: { id, userId } }),
    onSuccess: (_, userId) => applyParticipants(queryClient, id, (all) => all.filter(({ user }) => user.id !== userId)),
    onError: () => lookAgain(queryClient, id),
  });
}

/** What was refused was perhaps asked for by somebody who saw an older state. */
function lookAgain(queryClient: QueryClient, id: string): void {
  void queryClient.invalidateQueries({ queryKey: conversationQuery(id).queryKey });
}

/** Leaves a group. */
export function useLeave(id: string, me: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => removeParticipant({ path: { id, userId: me } }),
    onSuccess: () => applyEnding(queryClient, id, 'left'),
  });
}

/** Deletes a conversation for everybody in it. */
export function useDeleteConversation(id: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => deleteConversation({ path: { id } }),
    onSuccess: () => applyEnding(queryClient, id, 'deleted'),
  });
}
