import { zodResolver } from '@hookform/resolvers/zod';
import { useForm, useWatch } from 'react-hook-form';
import { Link, useLocation } from 'react-router';
import type { RegisterInput } from '@/api';
import { Button } from '@/ui/Button';
import { Field } from '@/ui/Field';
import { describeIssue, registerForm, showServerErrors } from '../forms';
import { useRegister } from '../queries';
import { useRetryWait } from '../useRetryWait';
import { AuthLayout } from './AuthLayout';
import { PasswordField } from './PasswordField';
import { PasswordRules } from './PasswordRules';
import { SubmitError } from './SubmitError';

export function RegisterPage() {
  const register = useRegister();
  const wait = useRetryWait(register.error);
  const { search } = useLocation();
  const form = useForm<RegisterInput>({
    mode: 'onTouched',
    resolver: zodResolver(registerForm, { error: describeIssue }),
    defaultValues: { displayName: '', username: '', email: '', password: '' },
  });
  const { errors } = form.formState;
  const password = useWatch({ control: form.control, name: 'password' });

  const submit = form.handleSubmit((input) =>
    register.mutateAsync(input).catch((error) => {
      const fields = ['displayName', 'username', 'email', 'password'] as const;
      if (showServerErrors<RegisterInput>(error, [...fields], form.setError)) register.reset();
    }),
  );

  return (
    <AuthLayout
      title="Create your account"
      subtitle="It takes less than a minute"
      footer={
        <>
          Already have an account?{' '}
          <Link
            to={{ pathname: '/login', search }}
            className="font-medium text-accent-ink underline underline-offset-2"
          >
            Log in
          </Link>
        </>
      }
    >
      <title>Create an account · Trice</title>
      <form onSubmit={submit} noValidate className="flex flex-col gap-1">
        <Field label="Name" autoComplete="name" error={errors.displayName?.message} {...form.register('displayName')} />
        <Field
          label="Username"
          autoComplete="nickname"
          autoCapitalize="none"
          spellCheck={false}
          hint="How others find you"
          error={errors.username?.message}
          {...form.register('username')}
        />
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
        <PasswordField autoComplete="new-password" error={errors.password?.message} {...form.register('password')} />
        <PasswordRules password={password} />
        <SubmitError
          error={register.error}
          wait={wait}
          special={{ FORBIDDEN: 'New accounts are closed here. Ask whoever runs this server to let you in.' }}
        />
        <Button type="submit" busy={register.isPending} blocked={wait > 0} className="mt-3 w-full">
          Create account
        </Button>
      </form>
    </AuthLayout>
  );
}
