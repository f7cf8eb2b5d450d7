import { useMutation } from '@tanstack/react-query';
import { type LoginInput, leaveSession, login, logout, type RegisterInput, register, saveSession } from '@/api';

export function useRegister() {
  return useMutation({
    mutationFn: (body: RegisterInput) => register({ body }),
    onSuccess: ({ data }) => saveSession(data),
  });
}

export function useLogin() {
  return useMutation({ mutationFn: (body: LoginInput) => login({ body }), onSuccess: ({ data }) => saveSession(data) });
}

/** Logs out here and in all tabs. Not without the server: who leaves a shared computer must be able to trust it. */
export function useLogout() {
  return useMutation({ mutationFn: () => leaveSession('left', logout) });
}
