import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, test, vi } from 'vitest';
import { session } from '@/api';
import { aliceProfile } from '@/test/factories';
import { renderApp } from '@/test/render';
import { answer, fail, ok } from '@/test/server';
import { makeToken } from '@/test/tokens';

const signedIn = { user: aliceProfile, accessToken: makeToken(aliceProfile.id), expiresIn: 900 };
const emptyList = { conversations: [], meta: { cursor: null, hasMore: false } };

describe('login', () => {
  const fill = async () => {
    const user = renderApp('/login');
    await user.type(await screen.findByLabelText('E-mail'), 'alice@example.org');
    await user.type(screen.getByLabelText('Password'), 'Correct-horse-7');
    return user;
  };

  test('leads to the chats, and Enter is enough', async () => {
    answer('post', '/auth/login', () => ok(signedIn));
    answer('get', '/users/me', () => ok(aliceProfile));
    answer('get', '/conversations', () => ok(emptyList));
    const user = await fill();
    await user.keyboard('{Enter}');
    expect(await screen.findByText('No conversations yet')).toBeVisible();
    expect(session.get()?.userId).toBe(aliceProfile.id);
  });

  test('asks for what is missing, under the field, once it was left', async () => {
    const user = renderApp('/login');
    await user.click(await screen.findByLabelText('E-mail'));
    expect(screen.queryByText('Please enter your e-mail address')).toBeNull();
    await user.tab();
    await waitFor(() =>
      expect(screen.getByLabelText('E-mail')).toHaveAccessibleDescription('Please enter your e-mail address'),
    );
  });

  test('says that the credentials are wrong, not which of them', async () => {
    answer('post', '/auth/login', () => fail(401, 'UNAUTHORIZED'));
    const user = await fill();
    await user.click(screen.getByRole('button', { name: 'Log in' }));
    expect(await screen.findByRole('alert')).toHaveTextContent('E-mail or password is not right.');
  });

  test('counts down when it was tried too often, and takes nothing until then', async () => {
    let tries = 0;
    answer('post', '/auth/login', () => {
      tries += 1;
      return fail(429, 'RATE_LIMITED', { retryAfter: 125 });
    });
    const user = await fill();
    await user.keyboard('{Enter}');
    expect(await screen.findByRole('timer')).toHaveTextContent('Too many tries. Try again in 2 min 05 s.');
    expect(screen.getByRole('button', { name: 'Log in' })).toHaveAttribute('aria-disabled', 'true');
    await user.keyboard('{Enter}');
    await user.click(screen.getByRole('button', { name: 'Log in' }));
    expect(tries).toBe(1);

    const spoken = screen.getByText('Too many tries. Try again in 2 min 05 s.', { selector: '[role=status]' });
    vi.useFakeTimers({ now: Date.now() + 100_000, toFake: ['Date'] });
    await waitFor(() => expect(screen.getByRole('timer')).toHaveTextContent(/in 2[45] s/), { timeout: 2000 });
    // Nothing is read out while it counts.
    expect(spoken).toHaveTextContent('Try again in 2 min 05 s.');
    vi.setSystemTime(Date.now() + 30_000);
    await waitFor(() => expect(spoken).toHaveTextContent('You can try again now.'), { timeout: 2000 });
    vi.useRealTimers();
    expect(screen.getByRole('button', { name: 'Log in' })).not.toHaveAttribute('aria-disabled');
  });

  test.each([
    ['the server cannot be reached', () => Response.error(), /cannot be reached/],
    ['the server is busy', () => fail(503, 'SERVICE_UNAVAILABLE', { retryable: true }), /server is busy/],
    ['the server has a fault', () => fail(500, 'INTERNAL_ERROR'), /tell whoever runs this server the code trace\./],
  ])('says when %s', async (_, respond, words) => {
    answer('post', '/auth/login', respond);
    const user = await fill();
    await user.keyboard('{Enter}');
    expect(await screen.findByRole('alert')).toHaveTextContent(words);
    expect(screen.getByLabelText('Password')).toHaveValue('Correct-horse-7');
  });

  test('shows the password on request', async () => {
    const user = await fill();
    expect(screen.getByLabelText('Password')).toHaveAttribute('type', 'password');
    await user.click(screen.getByRole('button', { name: 'Show password' }));
    expect(screen.getByLabelText('Password')).toHaveAttribute('type', 'text');
  });

  test('goes to the first wrong field', async () => {
    const user = renderApp('/login');
    await user.type(await screen.findByLabelText('E-mail'), 'alice@example.org');
    await user.click(screen.getByRole('button', { name: 'Log in' }));
    await waitFor(() => expect(screen.getByLabelText('Password')).toHaveFocus());
  });
});

describe('registration', () => {
  const fill = async () => {
    const user = renderApp('/register');
    await user.type(await screen.findByLabelText('Name'), 'Alice Example');
    await user.type(screen.getByLabelText('Username'), 'alice');
    await user.type(screen.getByLabelText('E-mail'), 'alice@example.org');
    await user.type(screen.getByLabelText('Password'), 'Correct-horse-7');
    return user;
  };

  test('sends what was entered and leads to the chats', async () => {
    const bodies: unknown[] = [];
    answer('post', '/auth/register', async (request) => {
      bodies.push(await request.json());
      return ok(signedIn, 201);
    });
    answer('get', '/users/me', () => ok(aliceProfile));
    answer('get', '/conversations', () => ok(emptyList));
    const user = await fill();
    await user.click(screen.getByRole('button', { name: 'Create account' }));
    expect(await screen.findByText('No conversations yet')).toBeVisible();
    expect(bodies).toEqual([
      { displayName: 'Alice Example', username: 'alice', email: 'alice@example.org', password: 'Correct-horse-7' },
    ]);
  });

  test('ticks off the rules of a password while it is typed', async () => {
    const user = renderApp('/register');
    await user.type(await screen.findByLabelText('Password'), 'Abcdefgh');
    const rules = within(screen.getByRole('list', { name: 'Password rules' }));
    const met = rules.getAllByRole('listitem').map((rule) => rule.textContent);
    expect(met).toEqual([
      '8 to 100 characters(met)',
      'Upper-case letter(met)',
      'Lower-case letter(met)',
      'Digit(not met yet)',
    ]);
  });

  test.each([
    ['Username', 'al', 'At least 3 characters, please'],
    ['Username', 'al ice', 'Only letters, digits and _ please'],
    ['E-mail', 'alice@', 'This does not look like an e-mail address'],
    ['Password', 'abcdefgh', 'Please meet all the rules below'],
  ])('says what is wrong with %s %j', async (label, text, problem) => {
    const user = renderApp('/register');
    await user.type(await screen.findByLabelText(label), text);
    await user.tab();
    await waitFor(() => expect(screen.getByLabelText(label)).toHaveAccessibleDescription(problem));
  });

  test.each([
    ['email', 'E-mail', 'That e-mail already has an account'],
    ['username', 'Username', 'That username is taken'],
  ])('puts a taken %s under its field and goes there', async (field, label, problem) => {
    answer('post', '/auth/register', () => fail(409, 'CONFLICT', { details: { [field]: ['is taken'] } }));
    const user = await fill();
    await user.click(screen.getByRole('button', { name: 'Create account' }));
    await waitFor(() => expect(screen.getByLabelText(label)).toHaveAccessibleDescription(problem));
    expect(screen.getByLabelText(label)).toHaveFocus();
    expect(screen.queryByRole('alert')).toBeNull();
  });

  test('says when it is closed', async () => {
    answer('post', '/auth/register', () => fail(403, 'FORBIDDEN'));
    const user = await fill();
    await user.keyboard('{Enter}');
    expect(await screen.findByRole('alert')).toHaveTextContent('New accounts are closed here.');
  });

  test('shows what only the server knows about a password', async () => {
    const words = 'This password is too easy to guess.';
    answer('post', '/auth/register', () => fail(400, 'VALIDATION_ERROR', { details: { password: [words] } }));
    const user = await fill();
    await user.keyboard('{Enter}');
    await waitFor(() => expect(screen.getByLabelText('Password')).toHaveAccessibleDescription(words));
  });
});
