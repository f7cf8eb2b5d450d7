import { zodResolver } from '@hookform/resolvers/zod';
import { useForm, useWatch } from 'react-hook-form';
import type { ChangePasswordInput } from '@/api';
import { Button } from '@/ui/Button';
import { Notice } from '@/ui/Notice';
import { Panel } from '@/ui/Panel';
import { useChangePassword } from '../account';
import { describeIssue, passwordForm, showServerErrors } from '../forms';
import { useRetryWait } from '../useRetryWait';
import { PasswordField } from './PasswordField';
import { PasswordRules } from './PasswordRules';
import { SubmitError } from './SubmitError';

export function PasswordSettings({ email }: { email: string }) {
  const change = useChangePassword();
  const wait = useRetryWait(change.error);
  const form = useForm<ChangePasswordInput>({
    mode: 'onTouched',
    resolver: zodResolver(passwordForm, { error: describeIssue }),
    defaultValues: { currentPassword: '', newPassword: '' },
  });
  const { errors } = form.formState;
  const newPassword = useWatch({ control: form.control, name: 'newPassword' });

  const submit = form.handleSubmit((input) =>
    change.mutateAsync(input).then(
      () => form.reset(),
      (error: unknown) => {
        const fields = ['currentPassword', 'newPassword'] as const;
        if (showServerErrors<ChangePasswordInput>(error, [...fields], form.setError)) change.reset();
      },
    ),
  );

  return (
    <Panel>
      <form onSubmit={submit} noValidate className="flex flex-col gap-1.5">
        {/* For password managers, which otherwise ask whose password this is. */}
        <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
        <PasswordField
          label="Current password"
          autoComplete="current-password"
          error={errors.currentPassword?.message}
          {...form.register('currentPassword')}
        />
        <PasswordField
          label="New password"
          autoComplete="new-password"
          error={errors.newPassword?.message}
          {...form.register('newPassword')}
        />
        <PasswordRules password={newPassword} />
        <p className="my-2 text-soft">All your other devices are signed out then. This one stays logged in.</p>
        <SubmitError error={change.error} wait={wait} />
        <div role="status">
          {change.isSuccess && !form.formState.isDirty && (
            <Notice look="good">Your password is changed. All other devices have been signed out.</Notice>
          )}
        </div>
        <Button
          type="submit"
          busy={change.isPending}
          blocked={wait > 0}
          className="mt-2 w-full sm:w-auto sm:self-start"
        >
          Change password
        </Button>
      </form>
    </Panel>
  );
}
