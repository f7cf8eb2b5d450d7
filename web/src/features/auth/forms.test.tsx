import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, test } from 'vitest';
import { session } from '@/api';
import { aliceProfile } from '@/test/factories';
import { renderApp } from '@/test/render';
import { answer, fail, ok } from '@/test/server';
import { makeToken } from '@/test/tokens';

const signedIn = { user: aliceProfile, accessToken: makeToken(aliceProfile.id), expiresIn: 900 };
const emptyList = { conversations: [], meta: { cursor: null, hasMore: false } };

describe('login', () => {
  const fill = async (path = '/login') => {
    const user = renderApp(path);
    await user.type(await screen.findByLabelText('E-mail'), 'alice@example.org');
    await user.type(screen.getByLabelText('Password'), 'Correct-horse-7');
    return user;
  };

  test('leads to the chats, and Enter is enough', async () => {
    answer('post', '/auth/login', () => ok(signedIn));
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

  test('counts down when it was tried too often', async () => {
    answer('post', '/auth/login', () => fail(429, 'RATE_LIMITED', { retryAfter: 90 }));
    const user = await fill();
    await user.click(screen.getByRole('button', { name: 'Log in' }));
    expect(await screen.findByRole('alert')).toHaveTextContent('You can try again in 1:30 minutes');
  });

  test('shows the password on request', async () => {
    const user = await fill();
    expect(screen.getByLabelText('Password')).toHaveAttribute('type', 'password');
    await user.click(screen.getByRole('button', { name: 'Show password' }));
    expect(screen.getByLabelText('Password')).toHaveAttribute('type', 'text');
  });

  test('stands in front of everything else', async () => {
    renderApp('/c/somewhere');
    expect(await screen.findByRole('heading', { name: 'Welcome back' })).toBeVisible();
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
});
