import { zodResolver } from '@hookform/resolvers/zod';
import { useForm } from 'react-hook-form';
import { Link, useLocation } from 'react-router';
import type { LoginInput } from '@/api';
import { Button } from '@/ui/Button';
import { Field } from '@/ui/Field';
import { describeIssue, loginForm, showServerErrors } from '../forms';
import { useLogin } from '../queries';
import { useRetryWait } from '../useRetryWait';
import { AuthLayout } from './AuthLayout';
import { Farewell } from './Farewell';
import { PasswordField } from './PasswordField';
import { SubmitError } from './SubmitError';

export function LoginPage() {
  const login = useLogin();
  const wait = useRetryWait(login.error);
  const { search } = useLocation();
  const form = useForm<LoginInput>({
    mode: 'onTouched',
    resolver: zodResolver(loginForm, { error: describeIssue }),
    defaultValues: { email: '', password: '' },
  });
  const { errors } = form.formState;

  const submit = form.handleSubmit((input) =>
    login.mutateAsync(input).catch((error) => {
      if (showServerErrors<LoginInput>(error, ['email', 'password'], form.setError)) login.reset();
    }),
  );

  return (
    <AuthLayout
      title="Welcome back"
      subtitle="Log in to your chats"
      footer={
        <>
          New here?{' '}
          <Link
            to={{ pathname: '/register', search }}
            className="font-medium text-accent-ink underline underline-offset-2"
          >
            Create an account
          </Link>
        </>
      }
    >
      <title>Log in · Trice</title>
      <Farewell />
      <form onSubmit={submit} noValidate className="flex flex-col gap-1.5">
        <Field
          label="E-mail"
          type="email"
          inputMode="email"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          error={errors.email?.message}
          {...form.register('email')}
        />
        <PasswordField
          autoComplete="current-password"
          error={errors.password?.message}
          {...form.register('password')}
        />
        <SubmitError error={login.error} wait={wait} special={{ UNAUTHORIZED: 'E-mail or password is not right.' }} />
        <Button type="submit" busy={login.isPending} blocked={wait > 0} className="mt-3 w-full">
          Log in
        </Button>
      </form>
    </AuthLayout>
  );
}
