import { act, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, test } from 'vitest';
import { endSession, saveSession } from '@/api';
import { alice, aliceProfile, bob, makeConversation, makeMessage } from '@/test/factories';
import { fakeSocket } from '@/test/fakeSocket';
import { storeInOtherTab } from '@/test/otherTab';
import { renderApp } from '@/test/render';
import { answer, fail, ok } from '@/test/server';
import { makeToken } from '@/test/tokens';

const meta = { cursor: null, hasMore: false, seq: 0, rev: 0 };
const tokenOf = { alice: makeToken(alice.id, 'alices'), bob: makeToken(bob.id, 'bobs', 'of bob') };
const bobProfile = { ...aliceProfile, ...bob, email: 'bob@example.org' };

/** A server with one conversation, in which each of the two sees the other one. */
function serve() {
  const whose = (request: Request) => (request.headers.get('Authorization')?.includes(tokenOf.bob) ? 'bob' : 'alice');
  const sent: { by: string; body: unknown }[] = [];
  answer('get', '/users/me', (request) => ok(whose(request) === 'bob' ? bobProfile : aliceProfile));
  answer('get', '/conversations', () => ok({ conversations: [makeConversation()], meta }));
  answer('get', '/conversations/a/messages', () => ok({ messages: [], meta }));
  answer('post', '/conversations/a/messages', async (request) => {
    const body: object = await request.json();
    sent.push({ by: whose(request), body });
    return ok(makeMessage({ ...body, sender: whose(request) === 'bob' ? bob : alice, seq: sent.length }), 201);
  });
  answer('post', '/auth/login', () => ok({ user: aliceProfile, accessToken: tokenOf.alice, expiresIn: 900 }));
  return sent;
}

async function logIn(user: ReturnType<typeof renderApp>) {
  await user.type(await screen.findByLabelText('E-mail'), 'alice@example.org');
  await user.type(screen.getByLabelText('Password'), 'Correct-horse-7{Enter}');
}

describe('logging in', () => {
  test('leads to where one wanted to go, with everything in the address', async () => {
    serve();
    const user = renderApp('/c/a?message=7');
    expect(await screen.findByRole('heading', { name: 'Welcome back' })).toBeVisible();
    await logIn(user);
    expect(await screen.findByRole('textbox', { name: 'Message to Bob Example' })).toBeVisible();
  });

  test('still does after a detour over registration', async () => {
    serve();
    const user = renderApp('/c/a');
    await user.click(await screen.findByRole('link', { name: 'Create an account' }));
    await user.click(await screen.findByRole('link', { name: 'Log in' }));
    await logIn(user);
    expect(await screen.findByRole('textbox', { name: 'Message to Bob Example' })).toBeVisible();
  });

  test('is not asked of somebody who is logged in', async () => {
    serve();
    saveSession({ accessToken: tokenOf.alice, expiresIn: 900 });
    renderApp('/login?next=%2Fc%2Fa');
    expect(await screen.findByRole('textbox', { name: 'Message to Bob Example' })).toBeVisible();
  });
});

describe('the end of a session', () => {
  test.each([
    ['revoked', /This device was signed out/],
    ['expired', /Your session has ended/],
    ['deleted', /Your account has been deleted/],
  ] as const)('is explained (%s)', async (ending, words) => {
    serve();
    saveSession({ accessToken: tokenOf.alice, expiresIn: 900 });
    renderApp('/c/a');
    await screen.findByRole('textbox', { name: 'Message to Bob Example' });
    act(() => endSession(ending));
    expect(await screen.findByText(words)).toBeVisible();
  });

  test('by a device list reaches an idle page over its socket', async () => {
    serve();
    saveSession({ accessToken: tokenOf.alice, expiresIn: 900 });
    renderApp('/c/a');
    await screen.findByRole('textbox', { name: 'Message to Bob Example' });
    act(() => fakeSocket.say('auth:error', { code: 'TOKEN_REVOKED', message: '', retryable: false }));
    expect(await screen.findByText(/This device was signed out/)).toBeVisible();
    expect(fakeSocket.connected).toBe(false);
  });

  test('in another tab leads to the login here, and not back to where one was', async () => {
    serve();
    saveSession({ accessToken: tokenOf.alice, expiresIn: 900 });
    const user = renderApp('/c/a');
    await screen.findByRole('textbox', { name: 'Message to Bob Example' });
    act(() => {
      storeInOtherTab('trice.session', { ending: 'left' });
      storeInOtherTab('trice.session', null);
    });
    await logIn(user);
    expect(await screen.findByText('Pick a conversation on the left, or start a new one.')).toBeVisible();
  });

  test('does not come from a server in trouble', async () => {
    serve();
    saveSession({ accessToken: tokenOf.alice, expiresIn: -1 });
    answer('post', '/auth/refresh', () => fail(503, 'SERVICE_UNAVAILABLE', { retryable: true }));
    renderApp('/c/a');
    expect(await screen.findByRole('textbox', { name: 'Message to Bob Example' })).toBeVisible();
  });
});

describe('two people in one browser', () => {
  test('what the first one wrote and did not send stays unsent, and goes out when they are back', async () => {
    const sent = serve();
    fakeSocket.reachable = false;
    answer('post', '/conversations/a/messages', () => Response.error());
    saveSession({ accessToken: tokenOf.alice, expiresIn: 900 });
    const user = renderApp('/c/a');
    await user.type(await screen.findByRole('textbox', { name: 'Message to Bob Example' }), 'From Alice{Enter}');
    await within(screen.getByRole('log')).findByText('From Alice');

    act(() => endSession('expired'));
    const sentByBob = serve();
    act(() => void saveSession({ accessToken: tokenOf.bob, expiresIn: 900 }));
    await user.type(await screen.findByRole('textbox', { name: 'Message to Alice Example' }), 'From Bob{Enter}');
    expect(await within(screen.getByRole('log')).findByText('Sent')).toBeInTheDocument();
    expect(screen.queryByText('From Alice')).toBeNull();
    expect(sentByBob).toMatchObject([{ by: 'bob', body: { content: 'From Bob' } }]);

    act(() => endSession('left'));
    act(() => void saveSession({ accessToken: tokenOf.alice, expiresIn: 900 }));
    await waitFor(() =>
      expect(sentByBob).toMatchObject([{ by: 'bob' }, { by: 'alice', body: { content: 'From Alice' } }]),
    );
    expect(sent).toEqual([]);
  });

  test('the second one sees nothing that was asked for in the name of the first', async () => {
    serve();
    let answerLate = () => {};
    const late = new Promise<void>((resolve) => {
      answerLate = resolve;
    });
    const secret = makeConversation({ id: 's', type: 'group', title: 'Secret of Alice' });
    answer('get', '/conversations', async (request) => {
      if (request.headers.get('Authorization')?.includes(tokenOf.bob)) return ok({ conversations: [], meta });
      await late;
      return ok({ conversations: [secret], meta });
    });
    saveSession({ accessToken: tokenOf.alice, expiresIn: 900 });
    renderApp('/');
    await screen.findByRole('status', { name: 'Loading conversations' });

    act(() =>
      storeInOtherTab('trice.session', { userId: bob.id, accessToken: tokenOf.bob, renewAt: Date.now() + 1e6 }),
    );
    expect(await screen.findByText('No conversations yet')).toBeVisible();
    await act(async () => {
      answerLate();
      await new Promise((resolve) => setTimeout(resolve, 100));
    });
    expect(screen.queryByText('Secret of Alice')).toBeNull();
    expect(screen.getByText('No conversations yet')).toBeVisible();
  });
});
