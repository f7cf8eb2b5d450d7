import { act, screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, test } from 'vitest';
import { saveSession, session } from '@/api';
import { alice, aliceProfile, makeConversation, makeDevice } from '@/test/factories';
import { fakeSocket } from '@/test/fakeSocket';
import { renderApp } from '@/test/render';
import { answer, fail, ok } from '@/test/server';
import { makeToken } from '@/test/tokens';

const meta = { cursor: null, hasMore: false, seq: 0, rev: 0 };
const noContent = () => new Response(null, { status: 204 });
const wrong = (details: Record<string, string[]>) => fail(400, 'VALIDATION_ERROR', { details });

/** What the server was sent. */
let bodies: unknown[];
const receive = (respond: () => Response) => async (request: Request) => {
  bodies.push(await request.json());
  return respond();
};

beforeEach(() => {
  bodies = [];
  saveSession({ accessToken: makeToken(alice.id), expiresIn: 900 });
  answer('get', '/users/me', () => ok(aliceProfile));
  answer('get', '/conversations', () => ok({ conversations: [makeConversation()], meta }));
});

describe('the way around', () => {
  test('starts where the account was, and leads back to the conversation', async () => {
    answer('get', '/conversations/a/messages', () => ok({ messages: [], meta }));
    const user = renderApp('/c/a');
    await user.click(await screen.findByRole('link', { name: 'Settings' }));
    await user.click(await screen.findByRole('link', { name: /Privacy/ }));
    expect(await screen.findByRole('heading', { name: 'Privacy' })).toBeVisible();
    expect(document.title).toBe('Privacy · Settings · Trice');
    await user.click(screen.getByRole('link', { name: 'Back to chats' }));
    expect(await screen.findByRole('textbox', { name: 'Message to Bob Example' })).toBeVisible();
  });

  test('of a page that does not exist is the way to those that do', async () => {
    renderApp('/settings/elsewhere');
    expect(await screen.findByRole('heading', { name: 'Profile' })).toBeVisible();
  });

  test('asks whoever is not logged in to log in first, and leads on', async () => {
    act(() => localStorage.clear());
    session.set(null);
    const user = renderApp('/settings/password');
    answer('post', '/auth/login', () => ok({ user: aliceProfile, accessToken: makeToken(alice.id), expiresIn: 900 }));
    await user.type(await screen.findByLabelText('E-mail'), 'alice@example.org');
    await user.type(screen.getByLabelText('Password'), 'Correct-horse-7{Enter}');
    expect(await screen.findByLabelText('Current password')).toBeVisible();
  });

  test('survives a profile that cannot be loaded', async () => {
    answer('get', '/users/me', () => fail(500, 'INTERNAL_ERROR'));
    const user = renderApp('/settings/privacy');
    const again = await screen.findByRole('button', { name: 'Try again' });
    answer('get', '/users/me', () => ok(aliceProfile));
    await user.click(again);
    expect(await screen.findByRole('switch', { name: 'Read receipts' })).toBeVisible();
  });
});

describe('the profile', () => {
  const open = async () => {
    const user = renderApp('/settings/profile');
    await screen.findByLabelText('Name');
    return user;
  };
  const change = async (label: string, text: string) => {
    const user = await open();
    await user.clear(screen.getByLabelText(label));
    await user.type(screen.getByLabelText(label), text);
    return user;
  };

  test('is saved, what has changed alone, and shown everywhere', async () => {
    answer(
      'patch',
      '/users/me',
      receive(() => ok({ ...aliceProfile, displayName: 'Alicia' })),
    );
    const user = await change('Name', '  Alicia ');
    await user.keyboard('{Enter}');
    expect(await screen.findByText('Saved')).toBeVisible();
    expect(bodies).toEqual([{ displayName: 'Alicia' }]);
    expect(screen.getByLabelText('Name')).toHaveValue('Alicia');
    expect(within(screen.getByRole('complementary')).getByText('Alicia')).toBeVisible();
  });

  test('without a picture says so to the server', async () => {
    const pictured = { ...aliceProfile, avatarUrl: 'https://example.org/a.png' };
    answer('get', '/users/me', () => ok(pictured));
    answer(
      'patch',
      '/users/me',
      receive(() => ok(aliceProfile)),
    );
    const user = await open();
    await user.clear(screen.getByLabelText('Picture address'));
    await user.click(screen.getByRole('button', { name: 'Save' }));
    expect(await screen.findByText('Saved')).toBeVisible();
    expect(bodies).toEqual([{ avatarUrl: null }]);
  });

  test('that has not changed cannot be saved', async () => {
    await open();
    expect(screen.getByRole('button', { name: 'Save' })).toHaveAttribute('aria-disabled', 'true');
  });

  test.each([
    ['Name', ' ', 'Please enter your name'],
    ['Name', 'x'.repeat(101), 'At most 100 characters, please'],
    ['Picture address', 'http://example.org/a.png', 'An address that begins with https://, please'],
    ['Picture address', 'javascript:alert(1)', 'An address that begins with https://, please'],
  ])('says what is wrong with %s %j', async (label, text, problem) => {
    const user = await change(label, text);
    await user.tab();
    await waitFor(() => expect(screen.getByLabelText(label)).toHaveAccessibleDescription(problem));
  });

  test('puts what the server says under its field', async () => {
    answer('patch', '/users/me', () => wrong({ displayName: ['Enter a name, on one line.'] }));
    const user = await change('Name', 'Alicia');
    await user.keyboard('{Enter}');
    await waitFor(() =>
      expect(screen.getByLabelText('Name')).toHaveAccessibleDescription('Enter a name, on one line.'),
    );
    expect(screen.getByLabelText('Name')).toHaveFocus();
    expect(screen.getByLabelText('Name')).toHaveValue('Alicia');
  });

  test('follows what another device changes, but keeps what is being typed', async () => {
    await change('Picture address', 'https://example.org/new.png');
    act(() => fakeSocket.say('user:updated', { user: { ...alice, displayName: 'Alicia' } }));
    await waitFor(() => expect(screen.getByLabelText('Name')).toHaveValue('Alicia'));
    expect(screen.getByLabelText('Picture address')).toHaveValue('https://example.org/new.png');
  });
});

describe('privacy', () => {
  const receipts = () => screen.findByRole('switch', { name: 'Read receipts' });

  test('is switched at once, and stays so', async () => {
    let store = () => {};
    const stored = new Promise<void>((resolve) => {
      store = resolve;
    });
    answer('patch', '/users/me/privacy', async (request) => {
      bodies.push(await request.json());
      await stored;
      return ok({ ...aliceProfile, readReceiptsEnabled: false });
    });
    const user = renderApp('/settings/privacy');
    await user.click(await receipts());
    expect(await receipts()).not.toBeChecked();
    store();
    await waitFor(() => expect(bodies).toEqual([{ readReceiptsEnabled: false }]));
    expect(await receipts()).not.toBeChecked();
    expect(screen.getByRole('switch', { name: 'Online status' })).toBeChecked();
  });

  test('switches back, and says so, when it cannot be saved', async () => {
    answer('patch', '/users/me/privacy', () => Response.error());
    const user = renderApp('/settings/privacy');
    await user.click(await receipts());
    expect(await screen.findByRole('alert')).toHaveTextContent('This was not saved. The server cannot be reached.');
    expect(await receipts()).toBeChecked();
  });

  test('ends as the last click said, however quick the clicks', async () => {
    let enabled = true;
    answer('patch', '/users/me/privacy', async (request) => {
      ({ readReceiptsEnabled: enabled } = await request.json());
      return ok({ ...aliceProfile, readReceiptsEnabled: enabled });
    });
    const user = renderApp('/settings/privacy');
    for (let click = 0; click < 3; click += 1) await user.click(await receipts());
    await waitFor(() => expect(enabled).toBe(false));
    expect(await receipts()).not.toBeChecked();
  });
});

describe('the devices', () => {
  const phone = makeDevice({ id: 'phone', current: false, userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5)' });
  const tool = makeDevice({ id: 'tool', current: false, userAgent: 'curl/8.5.0' });
  const list = async () => within(await screen.findByRole('list', { name: 'Your devices' })).getAllByRole('listitem');

  beforeEach(() => {
    answer('get', '/auth/sessions', () => ok({ sessions: [tool, makeDevice(), phone], meta }));
  });

  const signOut = async (name: string) => {
    const user = renderApp('/settings/devices');
    await user.click(await screen.findByRole('button', { name: `Sign out ${name}` }));
    await user.click(within(await screen.findByRole('alertdialog')).getByRole('button', { name: 'Sign out' }));
    return user;
  };

  test('are named, this one first', async () => {
    renderApp('/settings/devices');
    const [first, ...others] = await list();
    expect(first).toHaveTextContent(/Firefox on Linux.*This device/);
    expect(others.map((item) => item.textContent)).toEqual([
      expect.stringContaining('curl'),
      expect.stringContaining('iPhone'),
    ]);
    expect(within(first as HTMLElement).queryByRole('button')).toBeNull();
  });

  test.each([
    ['that is signed out goes', noContent],
    ['that was signed out already goes, too', () => fail(404, 'NOT_FOUND')],
  ])('one %s', async (_, respond) => {
    answer('delete', '/auth/sessions/tool', respond);
    await signOut('curl');
    await waitFor(async () => expect(await list()).toHaveLength(2));
    expect(screen.queryByRole('alertdialog')).toBeNull();
    expect(screen.getByText('curl has been signed out.')).toHaveAttribute('role', 'status');
    expect(screen.getByRole('list', { name: 'Your devices' })).toHaveFocus();
  });

  test('one that cannot be signed out stays, and the question says why', async () => {
    answer('delete', '/auth/sessions/tool', () => Response.error());
    await signOut('curl');
    expect(await within(screen.getByRole('alertdialog')).findByRole('alert')).toHaveTextContent('cannot be reached');
  });

  test('can be spared by changing one’s mind', async () => {
    const user = renderApp('/settings/devices');
    const button = await screen.findByRole('button', { name: 'Sign out curl' });
    await user.click(button);
    await screen.findByRole('alertdialog');
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull());
    expect(await list()).toHaveLength(3);
  });

  test('can be signed out together', async () => {
    answer('delete', '/auth/sessions', noContent);
    const user = renderApp('/settings/devices');
    await user.click(await screen.findByRole('button', { name: 'Sign out all other devices' }));
    await user.click(await screen.findByRole('button', { name: 'Sign out all' }));
    expect(await screen.findByText('You are not logged in anywhere else.')).toBeVisible();
    expect(await list()).toHaveLength(1);
  });

  test('can be asked for again when they do not come', async () => {
    answer('get', '/auth/sessions', () => fail(500, 'INTERNAL_ERROR'));
    const user = renderApp('/settings/devices');
    const again = await screen.findByRole('button', { name: 'Try again' });
    answer('get', '/auth/sessions', () => ok({ sessions: [makeDevice()], meta }));
    await user.click(again);
    expect(await list()).toHaveLength(1);
  });
});

describe('the password', () => {
  const fill = async () => {
    const user = renderApp('/settings/password');
    await user.type(await screen.findByLabelText('Current password'), 'Correct-horse-7');
    await user.type(screen.getByLabelText('New password'), 'Another-horse-8');
    return user;
  };

  test('is changed, and everybody is told what else happened', async () => {
    answer(
      'post',
      '/auth/change-password',
      receive(() => ok({})),
    );
    const user = await fill();
    await user.keyboard('{Enter}');
    expect(await screen.findByText(/All other devices have been signed out/)).toBeVisible();
    expect(bodies).toEqual([{ currentPassword: 'Correct-horse-7', newPassword: 'Another-horse-8' }]);
    expect(screen.getByLabelText('Current password')).toHaveValue('');
    expect(screen.getByLabelText('New password')).toHaveValue('');
  });

  test.each([
    ['currentPassword', 'Current password', 'This is not your password.'],
    ['newPassword', 'New password', 'This password is too easy to guess.'],
  ])('is refused under its field (%s)', async (field, label, words) => {
    answer('post', '/auth/change-password', () => wrong({ [field]: [words] }));
    const user = await fill();
    await user.keyboard('{Enter}');
    await waitFor(() => expect(screen.getByLabelText(label)).toHaveAccessibleDescription(words));
    expect(screen.getByLabelText(label)).toHaveFocus();
  });

  test('waits after too many tries', async () => {
    answer('post', '/auth/change-password', () => fail(429, 'RATE_LIMITED', { retryAfter: 65 }));
    const user = await fill();
    await user.keyboard('{Enter}');
    expect(await screen.findByRole('timer')).toHaveTextContent('Try again in 1 min 05 s.');
    expect(screen.getByRole('button', { name: 'Change password' })).toHaveAttribute('aria-disabled', 'true');
  });

  test('tells password managers whose it is', async () => {
    await fill();
    expect(document.querySelector('input[autocomplete=username]')).toHaveValue('alice@example.org');
    expect(screen.getByLabelText('Current password')).toHaveAttribute('autocomplete', 'current-password');
    expect(screen.getByLabelText('New password')).toHaveAttribute('autocomplete', 'new-password');
  });
});

describe('deleting the account', () => {
  const ask = async () => {
    const user = renderApp('/settings/account');
    await user.click(await screen.findByRole('button', { name: 'Delete my account…' }));
    await screen.findByRole('alertdialog');
    return user;
  };

  test('takes a password, and leaves nothing here', async () => {
    answer('delete', '/users/me', receive(noContent));
    localStorage.setItem(`trice.drafts.${alice.id}`, '{"a":"draft"}');
    const user = await ask();
    await user.type(screen.getByLabelText('Your password'), 'Correct-horse-7{Enter}');
    expect(await screen.findByText(/Your account has been deleted/)).toBeVisible();
    expect(screen.getByRole('heading', { name: 'Welcome back' })).toBeVisible();
    expect(bodies).toEqual([{ password: 'Correct-horse-7' }]);
    expect(session.get()).toBeNull();
    expect(Object.keys(localStorage)).toEqual([]);
  });

  test('asks for the password where there is none', async () => {
    const user = await ask();
    await user.click(screen.getByRole('button', { name: 'Delete for good' }));
    await waitFor(() =>
      expect(screen.getByLabelText('Your password')).toHaveAccessibleDescription('Please enter your password'),
    );
    expect(screen.getByLabelText('Your password')).toHaveFocus();
  });

  test('is refused with the wrong password', async () => {
    answer('delete', '/users/me', () => wrong({ password: ['This is not your password.'] }));
    const user = await ask();
    await user.type(screen.getByLabelText('Your password'), 'Wrong-horse-7{Enter}');
    await waitFor(() =>
      expect(screen.getByLabelText('Your password')).toHaveAccessibleDescription('This is not your password.'),
    );
    expect(session.get()).not.toBeNull();
  });

  test('waits after too many tries', async () => {
    answer('delete', '/users/me', () => fail(429, 'RATE_LIMITED', { retryAfter: 5 }));
    const user = await ask();
    await user.type(screen.getByLabelText('Your password'), 'Wrong-horse-7{Enter}');
    expect(await screen.findByRole('timer')).toHaveTextContent('Try again in 5 s.');
  });
});

describe('logging out', () => {
  test('leaves nothing here', async () => {
    answer('post', '/auth/logout', () => ok({}));
    localStorage.setItem(`trice.drafts.${alice.id}`, '{"a":"draft"}');
    const user = renderApp('/settings');
    await user.click(await screen.findByRole('button', { name: 'Log out' }));
    expect(await screen.findByRole('heading', { name: 'Welcome back' })).toBeVisible();
    expect(Object.keys(localStorage)).toEqual([]);
  });

  test('says so when it did not happen', async () => {
    answer('post', '/auth/logout', () => Response.error());
    const user = renderApp('/settings');
    await user.click(await screen.findByRole('button', { name: 'Log out' }));
    expect(await screen.findByRole('alert')).toHaveTextContent('You are still logged in.');
    expect(session.get()).not.toBeNull();
  });

  test('asks first when messages would be lost by it', async () => {
    fakeSocket.reachable = false;
    answer('post', '/conversations/a/messages', () => Response.error());
    answer('post', '/auth/logout', () => ok({}));
    const entry = { clientMessageId: 'x', conversationId: 'a', content: 'hi', createdAt: '2026-03-18T10:00:00.000Z' };
    localStorage.setItem(`trice.outbox.${alice.id}`, JSON.stringify([{ ...entry, replyToId: null, failure: null }]));
    const user = renderApp('/settings');
    await user.click(await screen.findByRole('button', { name: 'Log out' }));
    const question = await screen.findByRole('alertdialog');
    expect(question).toHaveTextContent('One message has not been sent yet.');
    await user.click(within(question).getByRole('button', { name: 'Log out' }));
    expect(await screen.findByRole('heading', { name: 'Welcome back' })).toBeVisible();
    expect(Object.keys(localStorage)).toEqual([]);
  });
});

test('the theme is chosen, and kept for whoever logs in', async () => {
  const user = renderApp('/settings/appearance');
  await user.click(await screen.findByRole('radio', { name: /Dark/ }));
  expect(document.documentElement.dataset.theme).toBe('dark');
  expect(localStorage.getItem('trice.theme')).toBe('"dark"');
  await user.click(screen.getByRole('radio', { name: /system/ }));
  expect(document.documentElement.dataset.theme).toBeUndefined();
});
