import { expect, type Page, test } from '@playwright/test';
import { arrive, expectAccessible, register, startChat } from './people';

const sections = ['profile', 'privacy', 'devices', 'password', 'appearance', 'account'];
const heading = (page: Page, name: string) => page.getByRole('heading', { name, level: 2, exact: true });

test('what is set stays, and others see a new name at once', async ({ browser }) => {
  const alice = await arrive(browser, 'Alice');
  const bob = await arrive(browser, 'Bob');
  await register(bob);
  await register(alice);
  await startChat(alice, bob);
  const { page } = alice;
  await expect(bob.page.getByRole('link', { name: alice.name })).toBeVisible();

  await page.goto('/settings/profile');
  await page.getByLabel('Name', { exact: true }).fill('Alice Wonder');
  await page.getByLabel('Picture address').fill('https://example.org/alice.png');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Saved')).toBeVisible();
  await expect(bob.page.getByRole('link', { name: 'Alice Wonder' })).toBeVisible();

  await page.getByRole('link', { name: /Privacy/ }).click();
  await page.getByRole('switch', { name: 'Read receipts' }).click();
  await page.getByRole('switch', { name: 'Online status' }).press('Space');
  await expect(page.getByRole('switch', { checked: false })).toHaveCount(2);
  await page.waitForLoadState('networkidle');

  await page.reload();
  await expect(page.getByRole('switch', { checked: false })).toHaveCount(2);
  await page.goto('/settings/profile');
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue('Alice Wonder');
  await expect(page.getByLabel('Picture address')).toHaveValue('https://example.org/alice.png');
  expect([...alice.complaints, ...bob.complaints]).toEqual([]);
});

test('a theme is there before anything else, in all tabs', async ({ browser }) => {
  const alice = await arrive(browser, 'Alice', { colorScheme: 'light' });
  await register(alice);
  const { page } = alice;
  const second = await page.context().newPage();
  await second.goto('/');
  await page.goto('/settings/appearance');
  await page.getByText('Dark', { exact: true }).click();
  const scheme = (tab: Page) => tab.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
  await expect.poll(() => scheme(page)).toBe('dark');
  await expect.poll(() => scheme(second)).toBe('dark');

  // Without the app's own scripts: what there is comes from the one in the page, and so does the question for the chats.
  await page.route(/assets\/.*\.js/, (route) => route.abort());
  const asked = page.waitForRequest(/\/conversations\?limit=100$/);
  await page.goto('/');
  expect(await scheme(page)).toBe('dark');
  await asked;
});

test('on a phone there is one page at a time', async ({ browser }) => {
  const alice = await arrive(browser, 'Alice', { viewport: { width: 390, height: 844 }, hasTouch: true });
  await register(alice);
  const { page } = alice;
  await page.getByRole('link', { name: 'Settings' }).tap();
  await expect(heading(page, 'Settings')).toBeVisible();
  await expect(heading(page, 'Profile')).toBeHidden();
  await page.getByRole('link', { name: /Password/ }).tap();
  await expect(heading(page, 'Password')).toBeFocused();
  await expect(heading(page, 'Settings')).toBeHidden();
  await page.getByRole('link', { name: 'Back to settings' }).tap();
  await expect(heading(page, 'Settings')).toBeFocused();
  await page.goBack();
  await expect(heading(page, 'Password')).toBeVisible();
  await page.goto('/settings/devices');
  await page.getByRole('link', { name: 'Back to settings' }).tap();
  await page.getByRole('link', { name: 'Back to chats' }).tap();
  await expect(heading(page, 'Chats')).toBeVisible();
});

test('everything can be reached with the keyboard alone', async ({ browser }) => {
  const alice = await arrive(browser, 'Alice');
  await register(alice);
  const { page } = alice;
  await page.goto('/settings/account');
  await expect(page.getByRole('button', { name: 'Delete my account…' })).toBeVisible();
  await page.getByRole('link', { name: 'Back to chats' }).focus();
  for (const key of ['Tab', 'Tab', 'Enter']) await page.keyboard.press(key);
  await expect(heading(page, 'Privacy')).toBeFocused();
  await expect(page.getByRole('switch', { name: 'Read receipts' })).toBeVisible();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await expect(page.getByRole('switch', { name: 'Read receipts' })).not.toBeChecked();
  await page.goto('/settings/account');
  await page.getByRole('button', { name: 'Delete my account…' }).press('Enter');
  await expect(page.getByLabel('Your password', { exact: true })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'Delete my account…' })).toBeFocused();
});

for (const [colorScheme, width] of [
  ['light', 1280],
  ['dark', 320],
] as const) {
  test(`nothing stands in anybody's way (${colorScheme}, ${width} px)`, async ({ browser }) => {
    const alice = await arrive(browser, 'Alice', { colorScheme, viewport: { width, height: 800 } });
    await register(alice);
    const { page } = alice;
    const expectGood = async () => {
      await expectAccessible(page);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      expect(await smallTargets(page)).toEqual([]);
    };
    await page.goto('/settings');
    await expect(heading(page, 'Settings')).toBeVisible();
    await expectGood();
    for (const section of sections) {
      await page.goto(`/settings/${section}`);
      await expect(page.locator('main section').first()).toBeVisible();
      await expectGood();
    }
    await page.goto('/settings/password');
    await page.getByRole('button', { name: 'Change password' }).click();
    await expect(page.getByText('Please enter your current password')).toBeVisible();
    await expectGood();
    await page.goto('/settings/account');
    await page.getByRole('button', { name: 'Delete my account…' }).click();
    await page.getByRole('button', { name: 'Delete for good' }).click();
    await expect(page.getByText('Please enter your password')).toBeVisible();
    await expectGood();
    await page.route('**/users/me', (route) =>
      route.fulfill({
        status: 429,
        json: { error: { code: 'RATE_LIMITED', message: '', retryable: true, retryAfter: 125, traceId: 't' } },
      }),
    );
    await page.getByLabel('Your password', { exact: true }).fill('x');
    await page.getByRole('button', { name: 'Delete for good' }).click();
    await expect(page.getByRole('timer')).toBeVisible();
    await expectGood();
  });
}

/** What can be pressed and is smaller than a finger. */
function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('a, button, input:not([type=radio]):not([type=checkbox]), [role=switch]')]
      .filter((element) => {
        const { width, height } = element.getBoundingClientRect();
        return (
          element.checkVisibility() &&
          width > 0 &&
          !element.closest('[aria-hidden=true]') &&
          (width < 44 || height < 44)
        );
      })
      .map((element) => element.outerHTML.slice(0, 120)),
  );
}
