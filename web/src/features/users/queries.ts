import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { getMe, searchUsers } from '@/api';
import { countCharacters } from '@/lib/text';

/** The profile of whoever is logged in. */
export const meQuery = queryOptions({
  queryKey: ['users', 'me'],
  queryFn: async ({ signal }) => (await getMe({ signal })).data,
  staleTime: Number.POSITIVE_INFINITY,
});

/** Under this everything found is kept. */
export const searchResults = ['users', 'search'];

/** The server searches from three characters on. */
const shortestSearch = 3;

export function isSearchable(text: string): boolean {
  return countCharacters(text.trim()) >= shortestSearch;
}

export function searchUsersQuery(text: string) {
  const q = text.trim();
  return queryOptions({
    queryKey: [...searchResults, q],
    queryFn: async ({ signal }) => (await searchUsers({ query: { q }, signal })).data.users,
    enabled: isSearchable(q),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
}
