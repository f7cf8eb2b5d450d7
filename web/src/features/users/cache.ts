import type { QueryClient } from '@tanstack/react-query';
import type { User } from '@/api';
import { meQuery, searchResults } from './queries';

/** What is known of a person, with how they are now. The very same object when that is another person, or no news. */
export function patchUser<U extends User>(known: U, { id, username, displayName, avatarUrl }: User): U {
  const news =
    known.id === id &&
    (known.username !== username || known.displayName !== displayName || known.avatarUrl !== avatarUrl);
  return news ? { ...known, username, displayName, avatarUrl } : known;
}

/** Shows somebody as they are now: oneself, changed on another device, or whoever was found by searching. */
export function applyUserUpdated(queryClient: QueryClient, user: User): void {
  queryClient.setQueryData(meQuery.queryKey, (me) => me && patchUser(me, user));
  queryClient.setQueriesData<User[]>({ queryKey: searchResults }, (found) =>
    found?.map((each) => patchUser(each, user)),
  );
}
