import { act, screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { type PresenceStatus, type Role, saveSession } from '@/api';
import { alice, aliceProfile, bob, carol, makeConversation, makeMessage } from '@/test/factories';
import { fakeSocket } from '@/test/fakeSocket';
import { renderApp } from '@/test/render';
import { answer, fail, ok } from '@/test/server';
import { makeToken } from '@/test/tokens';

const meta = { cursor: null, hasMore: false, seq: 0, rev: 0 };
const team = (mine: Role, ...others: Role[]) =>
  makeConversation({
    id: 't',
    type: 'group',
    title: 'Team',
    lastRev: 3,
    participantCount: 1 + others.length,
    participants: [
      { user: alice, role: mine },
      ...others.map((role, index) => ({ user: [bob, carol][index] ?? bob, role })),
    ],
  });

function serve(...conversations: ReturnType<typeof makeConversation>[]) {
  answer('get', '/conversations', () => ok({ conversations, meta }));
  for (const conversation of conversations) {
    answer('get', `/conversations/${conversation.id}`, () => ok(conversation));
    answer('get', `/conversations/${conversation.id}/messages`, () => ok({ messages: [], meta }));
  }
}

/** The server accepts the connection, and then says these. */
function say(...events: [event: string, payload: unknown][]) {
  act(() => {
    fakeSocket.say('auth:success', { epoch: 'one' });
    for (const [event, payload] of events) fakeSocket.say(event, payload);
  });
}

const row = (name: RegExp) => screen.findByRole('link', { name });

beforeEach(() => {
  saveSession({ accessToken: makeToken(alice.id), expiresIn: 900 });
  answer('get', '/users/me', () => ok(aliceProfile));
});

describe('the list', () => {
  test('says who spoke last, and what became of it', async () => {
    serve(
      makeConversation({ id: 'a', lastMessage: makeMessage({ sender: alice, content: 'Good night' }) }),
      { ...team('owner', 'member'), lastMessage: makeMessage({ sender: bob, content: 'I am late' }) },
      makeConversation({ id: 'c', type: 'group', title: 'Empty' }),
      makeConversation({ id: 'd', title: 'Gone', lastMessage: makeMessage({ content: '', deletedAt: 'now' }) }),
    );
    renderApp('/');
    expect(await row(/^Bob Example/)).toHaveTextContent('You:Good night');
    expect(await row(/^Team/)).toHaveTextContent('Bob Example:I am late');
    expect(await row(/^Empty/)).toHaveTextContent('No messages yet');
    expect(await row(/^Gone/)).toHaveTextContent('Message deleted');
  });

  test('finds by a few letters, and leads on to people where there is nothing', async () => {
    serve(makeConversation({ id: 'a' }), team('owner', 'member'));
    const user = renderApp('/');
    await row(/^Team/);
    await user.type(screen.getByRole('searchbox', { name: 'Filter chats' }), 'bob');
    await waitFor(() => expect(screen.queryByRole('link', { name: /^Team/ })).toBeNull());
    expect(await row(/^Bob Example/)).toBeVisible();
    answer('get', '/users/search', () => ok({ users: [], meta }));
    await user.type(screen.getByRole('searchbox'), 'cat');
    await user.click(await screen.findByRole('button', { name: 'Look among all people' }));
    expect(await screen.findByRole('searchbox', { name: 'Search people' })).toHaveValue('bobcat');
  });

  test('has one place for Tab, and arrows for the rest', async () => {
    serve(makeConversation({ id: 'a' }), team('owner', 'member'));
    const user = renderApp('/');
    const [first, second] = [await row(/^Bob Example/), await row(/^Team/)];
    expect([first.tabIndex, second.tabIndex]).toEqual([0, -1]);
    act(() => first.focus());
    await user.keyboard('{ArrowDown}');
    expect(second).toHaveFocus();
    expect([first.tabIndex, second.tabIndex]).toEqual([-1, 0]);
    await user.keyboard('{ArrowDown}{Home}');
    expect(first).toHaveFocus();
  });

  test('can be asked for again when it does not come', async () => {
    answer('get', '/conversations', () => fail(500, 'INTERNAL_ERROR'));
    const user = renderApp('/');
    const again = await screen.findByRole('button', { name: 'Try again' });
    serve(makeConversation({ id: 'a' }));
    await user.click(again);
    expect(await row(/^Bob Example/)).toBeVisible();
  });

  test('fetches a conversation of which it hears by a message alone', async () => {
    serve(makeConversation({ id: 'a' }));
    renderApp('/');
    await row(/^Bob Example/);
    answer('get', '/conversations/t', () => ok({ ...team('member', 'owner'), lastSeq: 1, unreadCount: 1 }));
    say(['message:received', { message: makeMessage({ conversationId: 't' }) }]);
    expect(await row(/^Team/)).toHaveTextContent('1 unread');
  });
});

describe('an open conversation', () => {
  test('stays behind a new one that is begun', async () => {
    serve(makeConversation({ id: 'a' }), team('member', 'owner'));
    const user = renderApp('/c/t');
    const header = await screen.findByRole('button', { name: 'Members of Team' });
    await user.click(screen.getByRole('button', { name: 'New chat' }));
    expect(await screen.findByRole('dialog', { name: 'New chat' })).toBeVisible();
    expect(header).toBeInTheDocument();
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(header).toBeVisible();
  });

  test('has its menu answered before anything else is opened', async () => {
    serve(team('owner', 'member'));
    const user = renderApp('/c/t');
    await user.click(await screen.findByRole('button', { name: 'Group menu' }));
    await screen.findByRole('menuitem', { name: 'Members' });
    await user.keyboard('{Control>}k{/Control}');
    expect(screen.queryByRole('combobox')).toBeNull();
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('menu')).toBeNull());
    await user.keyboard('{Control>}k{/Control}');
    expect(await screen.findByRole('combobox')).toBeVisible();
  });

  test.each([
    ['participant:removed', { conversationId: 't', userId: alice.id, rev: 4 }, 'You are no longer in this group'],
    ['conversation:deleted', { conversationId: 't', rev: 4, timestamp: '' }, 'This conversation was deleted'],
  ])('that ends is explained, and leads back (%s)', async (event, payload, words) => {
    serve(team('member', 'owner'));
    const user = renderApp('/c/t');
    await screen.findByRole('button', { name: 'Members of Team' });
    say([event, payload]);
    expect(await screen.findByText(words)).toBeVisible();
    expect(screen.queryByRole('link', { name: /^Team/ })).toBeNull();
    await user.click(screen.getByRole('link', { name: 'Back to your chats' }));
    expect(await screen.findByText('No conversations yet')).toBeVisible();
  });

  test('into which one is taken again is there again', async () => {
    serve(team('member', 'owner'));
    renderApp('/c/t');
    await screen.findByRole('button', { name: 'Members of Team' });
    say(['participant:removed', { conversationId: 't', userId: alice.id, rev: 4 }]);
    await screen.findByText('You are no longer in this group');
    const { unreadCount: _, lastReadMessageId: __, ...shared } = { ...team('member', 'owner'), lastRev: 5 };
    say(['conversation:created', { conversation: shared, rev: 5 }]);
    expect(await screen.findByRole('button', { name: 'Members of Team' })).toBeVisible();
  });
});

describe('the members', () => {
  const open = async (mine: Role, other: Role) => {
    serve(team(mine, other));
    const user = renderApp('/c/t');
    await user.click(await screen.findByRole('button', { name: 'Members of Team' }));
    await screen.findByRole('list', { name: 'Members' });
    return user;
  };
  const menuOf = async (user: Awaited<ReturnType<typeof open>>, name: string) => {
    await user.click(screen.getByRole('button', { name: `What to do with ${name}` }));
    return (await screen.findAllByRole('menuitem')).map(({ textContent }) => textContent);
  };

  test.each([
    [
      ['owner', 'member'],
      ['Message', 'Make owner', 'Make admin', 'Remove from group'],
    ],
    [
      ['admin', 'member'],
      ['Message', 'Remove from group'],
    ],
    [['admin', 'owner'], ['Message']],
    [['member', 'member'], ['Message']],
  ] as const)('offer what one may do (%j)', async ([mine, other], expected) => {
    const user = await open(mine, other);
    expect(await menuOf(user, 'Bob Example')).toEqual(expected);
  });

  test('that cannot be changed any more say why', async () => {
    const user = await open('owner', 'member');
    answer('patch', `/conversations/t/participants/${bob.id}`, () => fail(403, 'FORBIDDEN'));
    await menuOf(user, 'Bob Example');
    await user.click(screen.getByRole('menuitem', { name: 'Make admin' }));
    expect(await screen.findByRole('alert')).toHaveTextContent('your role in this group has changed');
  });

  test('follow what happens', async () => {
    await open('owner', 'member');
    say(
      ['participant:updated', { conversationId: 't', participant: { user: bob, role: 'admin' }, rev: 4 }],
      ['participant:added', { conversationId: 't', participant: { user: carol, role: 'member' }, rev: 5 }],
    );
    const list = within(screen.getByRole('list', { name: 'Members' }));
    expect(await list.findByText('Carol Example')).toBeVisible();
    expect(list.getByText('admin')).toBeVisible();
    expect(screen.getByRole('dialog', { name: 'Members · 3' })).toBeVisible();
    say(['participant:removed', { conversationId: 't', userId: carol.id, rev: 6 }]);
    await waitFor(() => expect(list.queryByText('Carol Example')).toBeNull());
  });
});

describe('a group of over a hundred people, of which nobody is told', () => {
  const presence = (status: PresenceStatus) => ({ userId: bob.id, status, lastSeenAt: null });
  const serveWith = (status: PresenceStatus) => {
    const people = [
      { user: alice, role: 'owner' as const },
      { user: bob, role: 'member' as const, presence: presence(status) },
    ];
    serve({ ...team('owner'), participantCount: 101, participants: people });
  };

  test('is looked at when it is opened, when its members are, and on coming back to the tab', async () => {
    serveWith('online');
    const user = renderApp('/c/t');
    expect(await screen.findByText('101 members, 2 online')).toBeVisible();
    serveWith('offline');
    await user.click(screen.getByRole('button', { name: 'Members of Team' }));
    expect(await screen.findByText('101 members')).toBeVisible();
    serveWith('away');
    act(() => void document.dispatchEvent(new Event('visibilitychange', { bubbles: true })));
    const list = within(await screen.findByRole('list', { name: 'Members' }));
    expect(await list.findByText('Away')).toBeVisible();
  });

  test('is looked at once a minute', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      serveWith('offline');
      renderApp('/c/t');
      expect(await screen.findByText('101 members')).toBeVisible();
      serveWith('online');
      act(() => void vi.advanceTimersByTime(60_000));
      expect(await screen.findByText('101 members, 2 online')).toBeVisible();
    } finally {
      vi.useRealTimers();
    }
  });
});

test('leaving says who follows, and leads to the list', async () => {
  serve(team('owner', 'member', 'admin'));
  const user = renderApp('/c/t');
  await user.click(await screen.findByRole('button', { name: 'Group menu' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Leave group' }));
  const question = await screen.findByRole('alertdialog');
  expect(await within(question).findByText(/Carol Example becomes owner in your place/)).toBeVisible();
  answer('delete', `/conversations/t/participants/${alice.id}`, () => new Response(null, { status: 204 }));
  await user.click(within(question).getByRole('button', { name: 'Leave group' }));
  expect(await screen.findByText('No conversations yet')).toBeVisible();
});
