import { useMutation, useQueryClient } from '@tanstack/react-query';
import {
  endSession,
  type LoginInput,
  login,
  logout,
  type RegisterInput,
  register,
  type SignedIn,
  saveSession,
} from '@/api';
import { meQuery } from '@/features/users';

export function useRegister() {
  const start = useStartSession();
  return useMutation({ mutationFn: (body: RegisterInput) => register({ body }), onSuccess: ({ data }) => start(data) });
}

export function useLogin() {
  const start = useStartSession();
  return useMutation({ mutationFn: (body: LoginInput) => login({ body }), onSuccess: ({ data }) => start(data) });
}

function useStartSession() {
  const queryClient = useQueryClient();
  return (signedIn: SignedIn) => {
    queryClient.setQueryData(meQuery.queryKey, signedIn.user);
    saveSession(signedIn);
  };
}

/** Logs out here and in all tabs. Not without the server: who leaves a shared computer must be able to trust it. */
export function useLogout() {
  return useMutation({ mutationFn: () => logout(), onSuccess: endSession });
}
