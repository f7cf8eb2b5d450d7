import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import {
  ApiError,
  type ChangePasswordInput,
  changePassword,
  deleteMe,
  leaveSession,
  listSessions,
  revokeOtherSessions,
  revokeSession,
} from '@/api';

/** The devices on which this account is logged in. Nobody tells when one comes or goes, so it is asked when looked at. */
export const devicesQuery = queryOptions({
  queryKey: ['auth', 'sessions'],
  queryFn: async ({ signal }) => (await listSessions({ signal })).data.sessions,
  staleTime: 0,
  refetchOnWindowFocus: true,
});

/** Signs out another device. One that is signed out already is as good. */
export function useSignOutDevice() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (id: string) => {
      await revokeSession({ path: { id } }).catch((error: unknown) => {
        if (!(error instanceof ApiError && error.code === 'NOT_FOUND')) throw error;
      });
      await queryClient.cancelQueries(devicesQuery);
      queryClient.setQueryData(devicesQuery.queryKey, (devices) => devices?.filter((device) => device.id !== id));
    },
  });
}

export function useSignOutOtherDevices() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      await revokeOtherSessions();
      await queryClient.cancelQueries(devicesQuery);
      queryClient.setQueryData(devicesQuery.queryKey, (devices) => devices?.filter(({ current }) => current));
    },
  });
}

/** Changes the password, which signs out all other devices. */
export function useChangePassword() {
  return useMutation({ mutationFn: (body: ChangePasswordInput) => changePassword({ body }) });
}

/** Deletes the account, and with it all that this browser keeps of it. */
export function useDeleteAccount() {
  return useMutation({
    mutationFn: (password: string) => leaveSession('deleted', () => deleteMe({ body: { password } })),
  });
}
