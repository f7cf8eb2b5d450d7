import { extend, maxLength, refine, string } from 'zod/mini';
import { type UpdateProfileInput, zUpdateProfileInput } from '@/api';
import { countCharacters, isHttps } from '@/lib/text';

export type ProfileInput = { displayName: string; avatarUrl: string };

const longestName = 100;

export const profileForm = extend(zUpdateProfileInput, {
  displayName: string().check(
    refine((name) => name.trim() !== '', { error: 'Please enter your name' }),
    refine((name) => countCharacters(name.trim()) <= longestName, {
      error: `At most ${longestName} characters, please`,
    }),
  ),
  avatarUrl: string().check(
    refine((url) => url.trim() === '' || isHttps(url.trim()), {
      error: 'An address that begins with https://, please',
    }),
    maxLength(2048, { error: 'At most 2,048 characters, please' }),
  ),
});

/** What of the form is different from what the server has. */
export function changesOf(input: ProfileInput, before: ProfileInput): UpdateProfileInput {
  const displayName = input.displayName.trim();
  const avatarUrl = input.avatarUrl.trim();
  return {
    ...(displayName !== before.displayName && { displayName }),
    ...(avatarUrl !== before.avatarUrl && { avatarUrl: avatarUrl || null }),
  };
}
