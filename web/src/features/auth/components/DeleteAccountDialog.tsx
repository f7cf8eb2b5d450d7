import { useRef, useState } from 'react';
import { ApiError } from '@/api';
import { ConfirmDialog } from '@/ui/dialogs';
import { useDeleteAccount } from '../account';
import { useRetryWait } from '../useRetryWait';
import { PasswordField } from './PasswordField';
import { SubmitError } from './SubmitError';

type Props = { email: string; onClose: () => void };

export function DeleteAccountDialog({ email, onClose }: Props) {
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<string>();
  const input = useRef<HTMLInputElement>(null);
  const remove = useDeleteAccount();
  const wait = useRetryWait(remove.error);

  const refuse = (text: string) => {
    setProblem(text);
    input.current?.focus();
  };
  const submit = () => {
    if (password === '') return refuse('Please enter your password');
    remove.mutate(password, {
      onError: (error) => {
        const wrong = error instanceof ApiError ? error.details.password : undefined;
        if (!wrong) return;
        refuse(wrong.join(' '));
        remove.reset();
      },
    });
  };

  return (
    <ConfirmDialog
      title="Delete your account for good?"
      description={`The account of ${email} is erased, and nobody can bring it back.`}
      action="Delete for good"
      busy={remove.isPending}
      blocked={wait > 0}
      onConfirm={submit}
      onClose={onClose}
    >
      <div>
        <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
        <PasswordField
          ref={input}
          label="Your password"
          autoComplete="current-password"
          value={password}
          error={problem}
          onChange={(event) => {
            setPassword(event.target.value);
            setProblem(undefined);
          }}
        />
        <SubmitError error={remove.error} wait={wait} />
      </div>
    </ConfirmDialog>
  );
}
