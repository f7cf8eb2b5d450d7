import { expect, test } from '@playwright/test';
import { expectAccessible, log, two, write } from './people';

test('the title and the icon count what is unread, and a notification leads there', async ({ browser }) => {
  const { alice, asBob, id } = await two(browser);
  const { page } = alice;
  await page.goto('/settings/notifications');
  await page.context().grantPermissions(['notifications']);
  await page.reload();
  await page.getByRole('switch', { name: 'Notifications' }).click();
  await expect(page.getByRole('switch', { name: 'Notifications' })).toBeChecked();
  await expectAccessible(page);
  await page.evaluate(() => {
    // Looking elsewhere: only the browser itself could do this.
    document.hasFocus = () => false;
    window.dispatchEvent(new Event('blur'));
    const shown: Notification[] = [];
    const Original = Notification;
    Object.assign(window, { shown });
    window.Notification = class extends Original {
      constructor(title: string, options?: NotificationOptions) {
        super(title, options);
        shown.push(this);
      }
    };
  });
  await write(asBob, id, ['Are you there?']);
  await expect(page).toHaveTitle('(1) Notifications · Settings · Trice');
  await expect(page.locator('link[rel=icon]')).toHaveAttribute('href', /^data:image\/svg/);
  const shown = () =>
    page.evaluate(() =>
      (window as unknown as { shown: Notification[] }).shown.map(({ title, body }) => ({ title, body })),
    );
  await expect.poll(shown).toEqual([{ title: expect.stringContaining('Bob'), body: 'Are you there?' }]);
  await page.evaluate(() => (window as unknown as { shown: Notification[] }).shown[0]?.onclick?.(new Event('click')));
  await expect(log(alice).getByText('Are you there?')).toBeVisible();

  await page.evaluate(() => {
    document.hasFocus = () => true;
    window.dispatchEvent(new Event('focus'));
  });
  await expect(page).not.toHaveTitle(/^\(/);
});
