import { type BrowserContext, expect, type Page, type Request, test } from '@playwright/test';
import { arrive, logIn, password, register, secondDevice, startChat } from './people';

const welcome = (page: Page) => page.getByRole('heading', { name: 'Welcome back' });
const chats = (page: Page) => page.getByRole('heading', { name: 'Chats' });
const note = (page: Page, text: string | RegExp) => page.locator('main p').filter({ hasText: text });

async function logOut(page: Page) {
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Log out' }).click();
}

/** Every request for a new token from these tabs, from now on. */
function renewalsOf(context: BrowserContext): Request[] {
  const requests: Request[] = [];
  context.on('request', (request) => {
    if (request.url().endsWith('/auth/refresh')) requests.push(request);
  });
  return requests;
}

const storedToken = (page: Page) =>
  page.evaluate(() => JSON.parse(localStorage.getItem('trice.session') ?? 'null')?.accessToken);

/** As if four fifths of the token's life had passed. */
async function age(page: Page) {
  await page.evaluate(() => {
    const session = JSON.parse(localStorage.getItem('trice.session') ?? '{}');
    localStorage.setItem('trice.session', JSON.stringify({ ...session, renewAt: 0 }));
  });
}

test.describe('registration', () => {
  test('says what is wrong, field by field, and then lets in', async ({ browser }) => {
    const alice = await arrive(browser, 'Alice');
    const bob = await arrive(browser, 'Bob');
    await register(bob);
    const { page } = alice;
    await page.goto('/register');

    await page.getByRole('button', { name: 'Create account' }).click();
    await expect(page.getByLabel('Name', { exact: true })).toBeFocused();
    for (const text of ['Please enter your name', 'Please enter your username', 'Please enter your e-mail address']) {
      await expect(note(page, text)).toBeVisible();
    }
    await page.getByLabel('Name', { exact: true }).fill(alice.name);
    await page.getByLabel('Username').fill('deleted_1');
    await page.getByLabel('E-mail').fill('alice@');
    await page.getByLabel('Password', { exact: true }).fill('Password1');
    await expect(note(page, 'This does not look like an e-mail address')).toBeVisible();
    await page.getByLabel('E-mail').fill(alice.email);
    await page.keyboard.press('Enter');
    await expect(note(page, 'This password is too easy to guess.')).toBeVisible();
    await expect(note(page, /cannot begin with/)).toBeVisible();
    await expect(page.getByLabel('Username')).toBeFocused();

    await page.getByLabel('Username').fill(bob.username.toUpperCase());
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.keyboard.press('Enter');
    await expect(note(page, 'That username is taken')).toBeVisible();
    await page.getByLabel('Username').fill(alice.username);
    await page.getByLabel('E-mail').fill(bob.email);
    await page.keyboard.press('Enter');
    await expect(note(page, 'That e-mail already has an account')).toBeVisible();
    await page.getByLabel('E-mail').fill(alice.email);
    await page.keyboard.press('Enter');
    await expect(chats(page)).toBeVisible();
  });

  test('counts down after too many tries', async ({ browser }) => {
    const { page, ...alice } = await arrive(browser, 'Alice');
    await page.clock.install();
    await page.route('**/api/v1/auth/login', (route) =>
      route.fulfill({
        status: 429,
        headers: { 'retry-after': '125' },
        json: { error: { code: 'RATE_LIMITED', message: '', retryable: true, retryAfter: 124.2, traceId: 't' } },
      }),
    );
    await page.goto('/login');
    await logIn(page, { page, ...alice });
    await expect(page.getByRole('timer')).toHaveText('Too many tries. Try again in 2 min 05 s.');
    await expect(page.getByRole('button', { name: 'Log in' })).toBeDisabled();
    await expect(page.getByRole('status').filter({ hasText: 'Try again in 2 min 05 s.' })).toBeAttached();
    await page.clock.runFor(65_000);
    await expect(page.getByRole('timer')).toHaveText('Too many tries. Try again in 1 min 00 s.');
    await expect(page.getByRole('status').filter({ hasText: 'Try again in 2 min 05 s.' })).toBeAttached();
    await page.clock.runFor(60_000);
    await expect(page.getByRole('status').filter({ hasText: 'You can try again now.' })).toBeAttached();
    await expect(page.getByRole('button', { name: 'Log in' })).toBeEnabled();
  });
});

test.describe('logging in and out', () => {
  test('leads to where one wanted to go; logging out ends it in all tabs', async ({ browser }) => {
    const alice = await arrive(browser, 'Alice');
    const bob = await arrive(browser, 'Bob');
    await register(bob);
    await register(alice);
    await startChat(alice, bob);
    const { page } = alice;
    const url = `${page.url()}?from=a%20letter#end`;

    const second = await page.context().newPage();
    await second.goto('/');
    await expect(chats(second)).toBeVisible();
    await page.getByRole('textbox', { name: /^Message to/ }).fill('a draft');
    await logOut(page);
    await expect(welcome(page)).toBeVisible();
    await expect(welcome(second)).toBeVisible();
    expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe('/login');
    expect(await page.evaluate(() => Object.keys(localStorage))).toEqual([]);

    await page.goto(url);
    await expect(welcome(page)).toBeVisible();
    await page.reload();
    await logIn(page, alice, 'Wrong-horse-7');
    await expect(page.getByRole('alert')).toHaveText('E-mail or password is not right.');
    await logIn(page, alice);
    const composer = page.getByRole('textbox', { name: `Message to ${bob.name}` });
    await expect(composer).toHaveValue('');
    expect(page.url()).toBe(url);
    // The other tab is in, too, and nobody who is in is asked to log in.
    await expect(chats(second)).toBeVisible();
    await second.goto('/login?next=%2F%2Fexample.org');
    await expect(chats(second)).toBeVisible();
    expect(new URL(second.url()).origin).toBe(new URL(url).origin);
  });

  test('as somebody else in another tab mixes nothing', async ({ browser }) => {
    const alice = await arrive(browser, 'Alice');
    const bob = await arrive(browser, 'Bob');
    await register(bob);
    await register(alice);
    await startChat(alice, bob);
    const { page } = alice;
    await page.getByRole('textbox', { name: /^Message to/ }).fill('a secret draft');

    const second = await page.context().newPage();
    await second.goto('/');
    await logOut(second);
    await expect(welcome(second)).toBeVisible();
    await logIn(second, bob);
    for (const tab of [second, page]) {
      await expect(tab.getByRole('link', { name: alice.name })).toBeVisible();
      await expect(tab.getByText(bob.name)).toBeHidden();
      await tab.getByRole('link', { name: alice.name }).click();
      await expect(tab.getByRole('textbox', { name: `Message to ${alice.name}` })).toHaveValue('');
    }
    const stored = await page.evaluate(() => JSON.stringify(localStorage));
    expect(stored).not.toContain('secret');
  });
});

test.describe('a token', () => {
  test('that grows old is renewed once for two tabs', async ({ browser }) => {
    const alice = await arrive(browser, 'Alice');
    await register(alice);
    const { page } = alice;
    const second = await page.context().newPage();
    await second.goto('/');
    await expect(chats(second)).toBeVisible();
    const renewals = renewalsOf(page.context());
    const before = await storedToken(page);
    // Where the app does not run: it would renew at once, and ask again after a reload that cut the answer off.
    await Promise.all([page.goto('/licenses.txt'), second.goto('/licenses.txt')]);
    await age(page);
    await Promise.all([page.goto('/'), second.goto('/')]);
    await expect.poll(() => storedToken(page)).not.toBe(before);
    for (const tab of [page, second]) {
      await expect(chats(tab)).toBeVisible();
      await tab.getByRole('link', { name: 'Settings' }).click();
      await tab.getByRole('link', { name: /Devices/ }).click();
      await expect(tab.getByText('This device')).toBeVisible();
    }
    expect(renewals).toHaveLength(1);
    expect(renewals[0]?.headers()['idempotency-key']).toBeTruthy();
  });

  test('that has run out is renewed once, and everything asked with it is asked again', async ({ browser }) => {
    const alice = await arrive(browser, 'Alice');
    await register(alice);
    const { page } = alice;
    const old = await storedToken(page);
    await page.context().route('**/api/v1/**', async (route) => {
      const refused = route.request().headers().authorization === `Bearer ${old}`;
      const error = { code: 'TOKEN_EXPIRED', message: '', retryable: false, traceId: 't' };
      if (refused) await route.fulfill({ status: 401, json: { error } });
      else await route.continue();
    });
    const renewals = renewalsOf(page.context());
    await page.goto('/settings/devices');
    await expect(page.getByText('This device')).toBeVisible();
    await expect(page.getByText(alice.name)).toBeVisible();
    expect(renewals).toHaveLength(1);
  });

  test('that cannot be renewed now is kept', async ({ browser }) => {
    const alice = await arrive(browser, 'Alice');
    await register(alice);
    const { page } = alice;
    const before = await storedToken(page);
    const troubles = [
      { status: 503, json: { error: { code: 'DB_ERROR', message: '', retryable: true, traceId: 't' } } },
      {
        status: 429,
        json: { error: { code: 'RATE_LIMITED', message: '', retryable: true, retryAfter: 1, traceId: 't' } },
      },
    ];
    await page.route('**/auth/refresh', async (route) => {
      const trouble = troubles.shift();
      if (trouble) await route.fulfill(trouble);
      else if (await page.evaluate(() => 'lineIsBack' in window)) await route.continue();
      else await route.abort();
    });
    await age(page);
    await page.reload();
    await expect.poll(() => troubles.length).toBe(0);
    await expect(chats(page)).toBeVisible();
    expect(await storedToken(page)).toBe(before);
    await page.evaluate(() => {
      Object.assign(window, { lineIsBack: true });
      window.dispatchEvent(new Event('online'));
    });
    await expect.poll(() => storedToken(page), { timeout: 15_000 }).not.toBe(before);
    await expect(chats(page)).toBeVisible();
  });
});

test.describe('devices', () => {
  test('that are signed out elsewhere are out at once, and say why', async ({ browser }) => {
    const alice = await arrive(browser, 'Alice');
    const bob = await arrive(browser, 'Bob');
    await register(bob);
    await register(alice);
    await startChat(alice, bob);
    const { page } = alice;
    const other = await secondDevice(browser, alice);
    const third = await secondDevice(browser, alice, '/settings/privacy');
    await other.getByRole('link', { name: bob.name }).click();
    await other.getByRole('textbox', { name: /^Message to/ }).fill('left behind');

    await page.goto('/settings/devices');
    const devices = page.getByRole('list', { name: 'Your devices' }).getByRole('listitem');
    await expect(devices).toHaveCount(3);
    await expect(devices.first()).toContainText('Chrome on Linux');
    await expect(devices.first()).toContainText('This device');
    // The last used first: the third is the second in the list.
    await devices.nth(2).getByRole('button', { name: 'Sign out Chrome on Linux' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Sign out' }).click();
    await expect(devices).toHaveCount(2);

    await expect(other.getByText(/This device was signed out/)).toBeVisible();
    expect(await other.evaluate(() => Object.keys(localStorage))).toEqual([]);
    await expect(third.getByRole('switch', { name: 'Read receipts' })).toBeVisible();

    await page.getByRole('button', { name: 'Sign out all other devices' }).click();
    await page.getByRole('button', { name: 'Sign out all', exact: true }).click();
    await expect(page.getByText('You are not logged in anywhere else.')).toBeVisible();
    await expect(third.getByText(/This device was signed out/)).toBeVisible();
    await logIn(third, alice);
    await expect(third.getByRole('switch', { name: 'Read receipts' })).toBeVisible();
    await expect(devices.first()).toBeVisible();
    expect(alice.complaints).toEqual([]);
  });

  test('need the new password once it is changed', async ({ browser }) => {
    const alice = await arrive(browser, 'Alice');
    await register(alice);
    const other = await secondDevice(browser, alice);
    const { page } = alice;
    await page.goto('/settings/password');
    const current = page.getByLabel('Current password', { exact: true });
    await current.fill('Wrong-horse-7');
    await page.getByLabel('New password', { exact: true }).fill('Another-horse-8');
    await page.keyboard.press('Enter');
    await expect(note(page, 'This is not your password.')).toBeVisible();
    await expect(current).toBeFocused();
    await current.fill(password);
    await page.keyboard.press('Enter');
    await expect(page.getByText(/Your password is changed/)).toBeVisible();

    await expect(other.getByText(/This device was signed out/)).toBeVisible();
    await logIn(other, alice);
    await expect(other.getByRole('alert')).toHaveText('E-mail or password is not right.');
    await logIn(other, alice, 'Another-horse-8');
    await expect(chats(other)).toBeVisible();
    await page.reload();
    await expect(current).toBeVisible();
  });
});

test('deleting an account leaves its messages to the others, and its names to anybody', async ({ browser }) => {
  const alice = await arrive(browser, 'Alice');
  const bob = await arrive(browser, 'Bob');
  await register(bob);
  await register(alice);
  await startChat(alice, bob);
  const { page } = alice;
  const other = await secondDevice(browser, alice);
  await expect(bob.page.getByRole('link', { name: alice.name })).toBeVisible();

  await page.goto('/settings/account');
  await page.getByRole('button', { name: 'Delete my account…' }).click();
  const secret = page.getByLabel('Your password', { exact: true });
  await secret.fill('Wrong-horse-7');
  await page.keyboard.press('Enter');
  await expect(page.getByText('This is not your password.')).toBeVisible();
  await secret.fill(password);
  await page.getByRole('button', { name: 'Delete for good' }).click();
  await expect(page.getByText(/Your account has been deleted/)).toBeVisible();
  expect(new URL(page.url()).pathname).toBe('/login');
  expect(await page.evaluate(() => Object.keys(localStorage))).toEqual([]);

  await expect(welcome(other)).toBeVisible();
  await expect(bob.page.getByRole('link', { name: 'Deleted account' })).toBeVisible();
  await logIn(page, alice);
  await expect(page.getByRole('alert')).toHaveText('E-mail or password is not right.');
  await register(alice);
});
