import { QueryClient } from '@tanstack/react-query';
import { act, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { followPresence, PresenceDot } from '@/features/presence';
import { Realtime } from '@/realtime';
import { alice, bob, makeConversation } from '@/test/factories';
import { answer, ok } from '@/test/server';
import { conversationQuery } from './queries';

let stop: () => void;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
  stop = followPresence(new Realtime(alice.id));
});
afterEach(() => {
  act(() => stop());
  vi.useRealTimers();
});

test.each([
  [100, 1, 'lasts: events tell what becomes of it'],
  [101, 0, 'ends when nobody looks again: no event tells what becomes of it'],
])('that somebody in a group of %i is here leaves %i dot: it %s', async (participantCount, later) => {
  const presence = { userId: bob.id, status: 'online', lastSeenAt: null };
  const participants = [
    { user: alice, role: 'owner' },
    { user: bob, role: 'member', presence },
  ];
  answer('get', '/conversations/a', () => ok({ ...makeConversation(), type: 'group', participantCount, participants }));
  await new QueryClient().fetchQuery(conversationQuery('a'));
  render(<PresenceDot userId={bob.id} />);
  expect(screen.queryAllByText('Online')).toHaveLength(1);
  act(() => vi.advanceTimersByTime(90_000));
  expect(screen.queryAllByText('Online')).toHaveLength(later);
});
