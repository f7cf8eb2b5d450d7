import type { UpdateConversationInput } from '@/api';
import { countCharacters, isHttps } from '@/lib/text';

const longestTitle = 100;
const longestAddress = 2048;

/** What is wrong with a group's name; undefined when nothing is. */
export function titleProblem(title: string): string | undefined {
  if (title.trim() === '') return 'A group needs a name';
  if (countCharacters(title.trim()) > longestTitle) return `At most ${longestTitle} characters, please`;
  return undefined;
}

/** What is wrong with the address of a picture; none at all is right, too. */
export function pictureProblem(address: string): string | undefined {
  if (address.trim() === '') return undefined;
  if (!isHttps(address.trim())) return 'An address that begins with https://, please';
  if (address.trim().length > longestAddress) return 'At most 2,048 characters, please';
  return undefined;
}

export type GroupLooks = { title: string; avatarUrl: string };

/** What of a group's looks is different from what the server has. */
export function changesOf(input: GroupLooks, before: GroupLooks): UpdateConversationInput {
  const title = input.title.trim();
  const avatarUrl = input.avatarUrl.trim();
  return {
    ...(title !== before.title && { title }),
    ...(avatarUrl !== before.avatarUrl && { avatarUrl: avatarUrl || null }),
  };
}
