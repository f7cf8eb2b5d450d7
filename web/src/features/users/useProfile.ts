import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type Profile, type UpdateProfileInput, updateMe, updatePrivacy } from '@/api';
import { meQuery } from './queries';

export function useUpdateProfile() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (body: UpdateProfileInput) => (await updateMe({ body })).data,
    onSuccess: (profile) => queryClient.setQueryData(meQuery.queryKey, profile),
  });
}

export type PrivacySetting = 'readReceiptsEnabled' | 'presenceEnabled';

/** A setting that shows what was chosen at once, and what the server has again when it does not take it. */
export function usePrivacySetting(me: Profile, setting: PrivacySetting) {
  const queryClient = useQueryClient();
  const { mutate, isPending, variables, error } = useMutation({
    // One after the other, so that the last click is the last that the server hears.
    scope: { id: setting },
    mutationFn: async (value: boolean) => (await updatePrivacy({ body: { [setting]: value } })).data,
    // Only the one setting: the other one may be on its way at the same time.
    onSuccess: (profile) =>
      queryClient.setQueryData(meQuery.queryKey, (known) => known && { ...known, [setting]: profile[setting] }),
  });
  return { value: isPending ? variables : me[setting], choose: mutate, error };
}
