import type { FieldValues, Path, UseFormSetError } from 'react-hook-form';
import { extend, minLength, refine } from 'zod/mini';
import { ApiError, zChangePasswordInput, zLoginInput, zRegisterInput } from '@/api';
import { isStrongEnough } from './passwordRules';

const strong = refine<string>(isStrongEnough, { error: 'Please meet all the rules below' });

export const registerForm = extend(zRegisterInput, { password: zRegisterInput.shape.password.check(strong) });
export const passwordForm = extend(zChangePasswordInput, {
  currentPassword: zChangePasswordInput.shape.currentPassword.check(minLength(1)),
  newPassword: zChangePasswordInput.shape.newPassword.check(strong),
});
export const loginForm = extend(zLoginInput, {
  email: zLoginInput.shape.email.check(minLength(1)),
  password: zLoginInput.shape.password.check(minLength(1)),
});

/** The part of a Zod issue that decides what to say. */
type Issue = {
  readonly path?: readonly PropertyKey[] | undefined;
  readonly code?: string | undefined;
  readonly input?: unknown;
  readonly minimum?: unknown;
  readonly maximum?: unknown;
};

const names: Record<string, string> = {
  email: 'e-mail address',
  username: 'username',
  password: 'password',
  displayName: 'name',
  currentPassword: 'current password',
  newPassword: 'new password',
};

/** What is wrong with a field, for people. The numbers come from the schema, so that they are written down once. */
export function describeIssue(issue: Issue): string {
  const field = String(issue.path?.[0]);
  if (issue.input === '') return `Please enter your ${names[field]}`;
  if (issue.code === 'too_small') return `At least ${issue.minimum} characters, please`;
  if (issue.code === 'too_big') return `At most ${issue.maximum} characters, please`;
  if (field === 'email') return 'This does not look like an e-mail address';
  if (field === 'username') return 'Only letters, digits and _ please';
  return 'Please check this field';
}

/** Puts what the server says about fields under them; answers whether there was any such thing. */
export function showServerErrors<T extends FieldValues>(
  error: unknown,
  fields: Path<T>[],
  setError: UseFormSetError<T>,
): boolean {
  if (!(error instanceof ApiError)) return false;
  const wrong = fields.filter((field) => error.details[field]?.length);
  for (const [index, field] of wrong.entries()) {
    const message = error.code === 'CONFLICT' ? (taken[field] ?? '') : (error.details[field]?.join(' ') ?? '');
    setError(field, { type: 'server', message }, { shouldFocus: index === 0 });
  }
  return wrong.length > 0;
}

const taken: Record<string, string> = {
  email: 'That e-mail already has an account',
  username: 'That username is taken',
};
