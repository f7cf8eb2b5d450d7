import { act, screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, test } from 'vitest';
import { saveSession } from '@/api';
import { alice, aliceProfile, bob, makeConversation, makeMessage } from '@/test/factories';
import { fakeSocket } from '@/test/fakeSocket';
import { renderApp } from '@/test/render';
import { answer, fail, ok } from '@/test/server';
import { makeToken } from '@/test/tokens';

const meta = { cursor: null, hasMore: false, seq: 0, rev: 0 };

beforeEach(() => {
  saveSession({ accessToken: makeToken(alice.id), expiresIn: 900 });
  answer('get', '/users/me', () => ok(aliceProfile));
  answer('get', '/conversations', () => ok({ conversations: [makeConversation()], meta }));
});

const log = () => screen.findByRole('log', { name: 'Messages with Bob Example' });

/** The server accepts the connection. */
function accept() {
  act(() => fakeSocket.say('auth:success', { epoch: 'one' }));
}

describe('a conversation', () => {
  beforeEach(() => {
    answer('get', '/conversations/a/messages', () => ok({ messages: [], meta }));
  });

  test('shows a message in the moment it is sent, and the very same bubble when it is stored', async () => {
    const user = renderApp('/c/a');
    await log();
    accept();
    await user.type(screen.getByRole('textbox', { name: 'Message to Bob Example' }), 'Hello{Enter}');
    const bubble = within(await log()).getByText('Hello');
    expect(within(await log()).getByText('Sending')).toBeInTheDocument();
    expect(screen.getByRole('textbox')).toHaveValue('');

    await waitFor(() => expect(fakeSocket.sent).toHaveLength(1));
    await act(async () => fakeSocket.answerSend(1));
    expect(await within(await log()).findByText('Sent')).toBeInTheDocument();
    expect(within(await log()).getByText('Hello')).toBe(bubble);
  });

  test('shows what comes live, and tells it to screen readers', async () => {
    renderApp('/c/a');
    await log();
    accept();
    act(() =>
      fakeSocket.say('message:received', { message: makeMessage({ seq: 1, sender: bob, content: 'Hi Alice' }) }),
    );
    expect(await within(await log()).findByText('Hi Alice')).toBeInTheDocument();
    expect(screen.getByText('Bob Example: Hi Alice')).toHaveAttribute('aria-live', 'polite');
  });

  test('sends over HTTP while there is no socket', async () => {
    fakeSocket.reachable = false;
    answer('post', '/conversations/a/messages', async (request) =>
      ok(makeMessage({ seq: 1, sender: alice, ...((await request.json()) as object) }), 201),
    );
    const user = renderApp('/c/a');
    await log();
    await user.type(screen.getByRole('textbox'), 'Hello{Enter}');
    expect(await within(await log()).findByText('Sent')).toBeInTheDocument();
  });

  test('shows text as text, safe links, what reads from the right, and emoji big', async () => {
    const contents = ['<b>bold</b>', 'See https://example.org/a?b=c', 'שלום', '🎉'];
    const messages = contents.map((content, index) => makeMessage({ seq: index + 1, sender: bob, content }));
    answer('get', '/conversations/a/messages', () =>
      ok({ messages: messages.toReversed(), meta: { ...meta, seq: 4 } }),
    );
    renderApp('/c/a');
    const list = within(await log());
    expect(await list.findByText('<b>bold</b>')).toBeInTheDocument();
    const link = list.getByRole('link', { name: 'https://example.org/a?b=c' });
    expect(link).toHaveAttribute('rel', 'noopener noreferrer');
    expect(list.getByText('שלום').closest('[dir]')).toHaveAttribute('dir', 'auto');
    expect(list.getByText('🎉')).toHaveClass('text-4xl');
  });

  test('tells others that we write, until we look elsewhere', async () => {
    const user = renderApp('/c/a');
    await log();
    accept();
    await user.type(screen.getByRole('textbox'), 'Well');
    expect(fakeSocket.said).toContainEqual(['typing:start', { conversationId: 'a' }]);
    expect(fakeSocket.said).not.toContainEqual(['typing:stop', { conversationId: 'a' }]);
    await user.tab();
    expect(fakeSocket.said).toContainEqual(['typing:stop', { conversationId: 'a' }]);
  });

  test('keeps a draft', async () => {
    const user = renderApp('/c/a');
    await log();
    await user.type(screen.getByRole('textbox'), 'Not yet');
    await user.click(screen.getByRole('link', { name: 'Back to conversations' }));
    await user.click(await screen.findByRole('link', { name: /Bob Example/ }));
    expect(await screen.findByRole('textbox')).toHaveValue('Not yet');
  });
});

test('a conversation that we are not in says so', async () => {
  answer('get', '/conversations/x', () => fail(403, 'NOT_IN_CONVERSATION'));
  renderApp('/c/x');
  expect(await screen.findByText('This conversation is not available')).toBeVisible();
});

test('history that cannot be loaded can be asked for again', async () => {
  answer('get', '/conversations/a/messages', () => fail(500, 'INTERNAL_ERROR'));
  const user = renderApp('/c/a');
  const again = await screen.findByRole('button', { name: 'Try again' });
  answer('get', '/conversations/a/messages', () => ok({ messages: [makeMessage({ content: 'There you are' })], meta }));
  await user.click(again);
  expect(await screen.findByText('There you are')).toBeVisible();
});
