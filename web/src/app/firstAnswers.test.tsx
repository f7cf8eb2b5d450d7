import { screen, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { saveSession } from '@/api';
import { alice, aliceProfile, makeConversation, makeMessage } from '@/test/factories';
import { renderApp } from '@/test/render';
import { answer, ok } from '@/test/server';
import { makeToken } from '@/test/tokens';

const token = makeToken(alice.id, 'alices');
const meta = { cursor: null, hasMore: false, seq: 1, rev: 1 };
const list = '/conversations?limit=100';
const history = '/conversations/a/messages?limit=50';

/** Plays boot.js: both were asked for before the app was there. Returns how to answer. */
function askEarly() {
  const answers = new Map<string, (response: Response) => void>();
  const asked = [list, history].map((path) => {
    const coming = new Promise<Response>((resolve) => answers.set(path, resolve));
    return [`${location.origin}/api/v1${path}`, coming] as const;
  });
  window.askedEarly = { token, answers: new Map(asked) };
  return (path: string, data: Parameters<typeof ok>[0]) => answers.get(path)?.(ok(data));
}

beforeEach(() => {
  saveSession({ accessToken: token, expiresIn: 900 });
  answer('get', '/users/me', () => ok(aliceProfile));
});
afterEach(() => {
  window.askedEarly = undefined;
});

describe('a chat that was asked for before the app was there', () => {
  test('comes in one piece', async () => {
    const come = askEarly();
    renderApp('/c/a');
    expect(await screen.findByText('Loading your chats')).toBeInTheDocument();
    come(list, { conversations: [makeConversation()], meta });
    come(history, { messages: [makeMessage({ content: 'Asked early' })], meta });
    await screen.findByRole('textbox', { name: 'Message to Bob Example' });
    expect(screen.queryByText('Loading your chats')).toBeNull();
    expect(within(screen.getByRole('log')).getByText('Asked early')).toBeInTheDocument();
  });

  test('comes in parts when one of them takes long', async () => {
    const come = askEarly();
    renderApp('/c/a');
    await screen.findByText('Loading your chats');
    come(list, { conversations: [makeConversation()], meta });
    expect(await screen.findByRole('textbox', { name: 'Message to Bob Example' })).toBeVisible();
    expect(screen.queryByRole('log')).toBeNull();
    come(history, { messages: [makeMessage({ content: 'Late' })], meta });
    expect(within(await screen.findByRole('log')).getByText('Late')).toBeInTheDocument();
  });
});
