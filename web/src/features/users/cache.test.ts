import { QueryClient } from '@tanstack/react-query';
import { expect, test } from 'vitest';
import { alice, aliceProfile, bob } from '@/test/factories';
import { applyUserUpdated, patchUser } from './cache';
import { meQuery, searchUsersQuery } from './queries';

test('a person keeps what the news say nothing about', () => {
  const renamed = { ...alice, displayName: 'Alicia' };
  expect(patchUser(aliceProfile, renamed)).toEqual({ ...aliceProfile, displayName: 'Alicia' });
});

test.each([
  ['no news', alice],
  ['news of somebody else', { ...bob, displayName: 'Bobby' }],
])('%s leave the very same object', (_, news) => {
  expect(patchUser(aliceProfile, news)).toBe(aliceProfile);
});

test('oneself, changed on another device, and whoever was found, are shown as they are now', () => {
  const queryClient = new QueryClient();
  queryClient.setQueryData(meQuery.queryKey, aliceProfile);
  queryClient.setQueryData(searchUsersQuery('example').queryKey, [alice, bob]);
  applyUserUpdated(queryClient, { ...alice, displayName: 'Alicia' });
  applyUserUpdated(queryClient, { ...bob, displayName: 'Bobby' });
  expect(queryClient.getQueryData(meQuery.queryKey)?.displayName).toBe('Alicia');
  expect(queryClient.getQueryData(searchUsersQuery('example').queryKey)?.map((user) => user.displayName)).toEqual([
    'Alicia',
    'Bobby',
  ]);
});

test('nobody is made up', () => {
  const queryClient = new QueryClient();
  applyUserUpdated(queryClient, alice);
  expect(queryClient.getQueryData(meQuery.queryKey)).toBeUndefined();
});
