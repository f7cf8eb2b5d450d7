import { type BrowserContext, expect, type Page, test } from '@playwright/test';
import { io } from 'socket.io-client';

const password = 'Tea4Everybody';
const folder = 'screenshots/out';

const devices = {
  wide: { width: 1280, height: 800 },
  phone: { width: 390, height: 844 },
  small: { width: 320, height: 640 },
  tablet: { width: 768, height: 1024 },
  huge: { width: 2560, height: 1440 },
  // What is left of 1280 × 720 at 200 %.
  zoomed: { width: 640, height: 360 },
};

/** He has been here, or is: then his dot says so before his name. */
const jonasWeber = /^(Online |Offline )?Jonas Weber/;

for (const colorScheme of ['light', 'dark'] as const) {
  for (const [device, viewport] of Object.entries(devices)) {
    test(`${colorScheme}, ${device}`, async ({ browser }) => {
      const phone = viewport.width < 768;
      const deviceScaleFactor = device === 'huge' ? 1 : 2;
      const context = await browser.newContext({ colorScheme, viewport, hasTouch: phone, deviceScaleFactor });
      const page = await context.newPage();
      const shot = async (name: string) => {
        await page.evaluate(() =>
          Promise.all(
            document
              .getAnimations()
              // Skeletons breathe for ever.
              .filter(({ effect }) => effect?.getTiming().iterations !== Number.POSITIVE_INFINITY)
              .map((animation) => animation.finished.catch(() => {})),
          ),
        );
        await page.screenshot({ path: `${folder}/${colorScheme}-${device}-${name}.png` });
        expect.soft(await page.evaluate(outside), `${name}: what stands out at a side`).toEqual([]);
      };
      await signingIn(page, shot);
      await chatting(page, shot, phone);
      await talking(page, shot, phone);
      await managing(page, shot, phone);
      await settings(page, shot);
      await troubles(page, context, shot);
    });
  }
}

/** What somebody would have to scroll sideways for. */
function outside(): string[] {
  const across = document.documentElement.scrollWidth > window.innerWidth ? ['the page'] : [];
  for (const element of document.querySelectorAll('a, button, input, textarea, h1, h2, h3, p, dt, dd, [role]')) {
    const { left, right, width } = element.getBoundingClientRect();
    // What is there for screen readers alone is a pixel wide.
    if (width <= 1 || (left >= -1 && right <= window.innerWidth + 1)) continue;
    across.push(`${element.tagName} ${element.getAttribute('aria-label') ?? element.textContent}`);
  }
  return across;
}

type Shot = (name: string) => Promise<void>;

const open = (page: Page, name: string | RegExp) => page.getByRole('link', { name }).first().click();
const group = /^Riverside neighbours/;

async function signingIn(page: Page, shot: Shot) {
  await page.goto('/login');
  await page.getByRole('button', { name: 'Log in' }).click();
  await shot('login-errors');
  await page.goto('/register');
  await page.getByLabel('Password', { exact: true }).fill('Abcdefg');
  await shot('register');
  await page.goto('/login');
  await shot('login');
  await page.getByLabel('E-mail').fill('mara@example.org');
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('link', { name: group })).toBeVisible();
}

async function chatting(page: Page, shot: Shot, phone: boolean) {
  await shot('chats');
  await page.getByLabel('Filter chats').fill('tandem');
  await shot('chats-filtered');
  await page.getByLabel('Filter chats').fill('nothing at all');
  await expect(page.getByText('No chat is called like that')).toBeVisible();
  await shot('chats-filter-empty');
  await page.getByLabel('Filter chats').fill('');
  for (const [name, chat] of [
    ['group', /^Product team/],
    ['tandem', /^Tandem/],
    ['direct', jonasWeber],
    ['rtl', /أمينة/],
  ] as const) {
    await open(page, chat);
    await expect(page.getByRole('log').getByRole('time').or(page.locator('[role=log] time')).first()).toBeVisible();
    await shot(`conversation-${name}`);
    if (phone) await page.goBack();
  }
  await page.getByRole('button', { name: 'New chat' }).first().click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await shot('new-chat');
  await page.getByLabel('Search people').fill('xyzzy');
  await expect(page.getByText('Nobody found')).toBeVisible();
  await shot('new-chat-nobody');
  for (const name of ['Priya', 'Tomás']) {
    await page.getByLabel('Search people').fill(name);
    await page.getByRole('button', { name: new RegExp(`^${name}`) }).click();
  }
  await shot('new-chat-group');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('we');
  await shot('switcher');
  await page.getByRole('combobox').fill('ines');
  await expect(page.getByText('start a chat').first()).toBeVisible({ timeout: 15_000 });
  await shot('switcher-people');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+/');
  await expect(page.getByRole('dialog', { name: 'Keyboard' })).toBeVisible();
  await shot('keyboard');
  await page.keyboard.press('Escape');
}

async function talking(page: Page, shot: Shot, phone: boolean) {
  if (phone) await page.goto('/');
  await open(page, jonasWeber);
  const messages = page.getByRole('log').getByRole('article');
  await messages.last().click({ button: 'right' });
  await expect(page.getByRole('menu')).toBeVisible();
  await shot('message-menu');
  await page.getByRole('menuitem', { name: 'Reply' }).click();
  await page.getByRole('textbox', { name: /^Message to/ }).fill('Yes, and I would like to\nsee it first.');
  await shot('conversation-reply');
  await page.getByRole('textbox', { name: /^Message to/ }).fill('');
  await page.keyboard.press('Escape');

  // Jonas is there, and has much to say.
  const login = await page.request.post('/api/v1/auth/login', { data: { email: 'jonas@example.org', password } });
  const jonas = io(`${new URL(page.url()).origin}/chat`, {
    auth: { token: (await login.json()).data.accessToken },
    transports: ['websocket'],
  });
  const conversationId = new URL(page.url()).pathname.split('/').at(-1);
  await new Promise((resolve) => jonas.once('auth:success', resolve));
  await jonas.emitWithAck('subscribe', { conversationId });
  await expect(async () => {
    jonas.emit('typing:start', { conversationId });
    // On a phone the list, which says so as well, is there and hidden.
    await expect(page.getByText('typing').filter({ visible: true }).first()).toBeVisible({ timeout: 1000 });
  }).toPass();
  await shot('conversation-typing');
  jonas.disconnect();
  if (phone) await page.goBack();
}

async function managing(page: Page, shot: Shot, phone: boolean) {
  if (phone) await page.goto('/');
  await open(page, group);
  await page.getByRole('button', { name: /^Members of/ }).click();
  await expect(page.getByRole('list', { name: 'Members' }).getByText('You')).toBeVisible();
  await shot('members');
  await page.getByRole('button', { name: 'What to do with Jonas Weber' }).click();
  await expect(page.getByRole('menu')).toBeVisible();
  await shot('members-menu');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Add people' }).click();
  await page.getByLabel('Search people').fill('jonas');
  await expect(page.getByText('In the group')).toBeVisible();
  await shot('add-people');
  await page.goBack();
  await page.goBack();
  await page.getByRole('button', { name: 'Group menu' }).click();
  await expect(page.getByRole('menu')).toBeVisible();
  await shot('group-menu');
  for (const [item, name] of [
    ['Name and picture', 'edit-group'],
    ['Leave group', 'leave-group'],
    ['Delete group', 'delete-group'],
  ] as const) {
    if (await page.getByRole('menu').isHidden()) await page.getByRole('button', { name: 'Group menu' }).click();
    await page.getByRole('menuitem', { name: item }).click();
    await expect(page.getByRole('dialog').or(page.getByRole('alertdialog'))).toBeVisible();
    await shot(name);
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog').or(page.getByRole('alertdialog'))).toBeHidden();
  }
  if (phone) await page.goBack();
  await open(page, jonasWeber);
  await page.getByRole('button', { name: 'About Jonas Weber' }).click();
  await expect(page.getByRole('dialog', { name: 'Profile' })).toBeVisible();
  await shot('person');
  await page.keyboard.press('Escape');
}

async function settings(page: Page, shot: Shot) {
  await page.goto('/settings');
  await expect(page.getByRole('heading', { name: 'Settings' })).toBeVisible();
  await shot('settings');
  const hrefs = await page
    .locator('nav a[href^="/settings/"]')
    .evaluateAll((links) => links.map((a) => a.getAttribute('href') ?? ''));
  for (const href of hrefs) {
    await page.goto(href);
    await expect(page.locator('main section').first()).toBeVisible();
    await page.waitForLoadState('networkidle');
    await shot(`settings-${href.split('/').at(-1)}`);
  }
}

async function troubles(page: Page, context: BrowserContext, shot: Shot) {
  await page.goto('/nowhere');
  await expect(page.getByText('There is nothing here')).toBeVisible();
  await shot('not-found');
  await page.goto('/c/01900000-0000-7000-8000-000000000001');
  await expect(page.getByText('This conversation is not available')).toBeVisible();
  await shot('conversation-unknown');

  await page.route('**/api/v1/conversations?**', () => {});
  await page.goto('/');
  await expect(page.getByRole('status', { name: 'Loading conversations' })).toBeVisible();
  await shot('chats-loading');
  await page.unrouteAll();
  await page.route('**/api/v1/conversations?**', (route) =>
    route.fulfill({ json: { data: { conversations: [], meta: { cursor: null, hasMore: false } } } }),
  );
  await page.goto('/');
  await expect(page.getByText('No conversations yet')).toBeVisible();
  await shot('chats-empty');
  await page.unrouteAll();
  await page.route('**/api/v1/conversations?**', (route) =>
    route.fulfill({
      status: 500,
      json: { error: { code: 'INTERNAL_ERROR', message: '', retryable: false, traceId: '7d9c2f' } },
    }),
  );
  await page.goto('/');
  await expect(page.getByRole('alert')).toBeVisible();
  await shot('chats-error');
  await page.unrouteAll();

  // The answer of a server that refuses.
  await page.route('**/messages', (route) => {
    if (route.request().method() !== 'POST') return route.fallback();
    const error = { code: 'FORBIDDEN', message: 'No.', retryable: false, traceId: 'x' };
    return route.fulfill({ status: 403, json: { error } });
  });
  let cut = true;
  await page.routeWebSocket(/socket\.io/, (socket) => (cut ? socket.close() : void socket.connectToServer()));
  await page.route(/socket\.io/, (route) => (cut ? route.abort() : route.fallback()));
  await page.goto('/');
  await open(page, /^Weekend hikes/);
  await expect(page.locator('[role=log] time').first()).toBeVisible();
  for (const text of ['Who brings the map?', 'I could print one.']) {
    await page.getByRole('textbox', { name: /^Message to/ }).fill(text);
    await page.getByRole('button', { name: 'Send', exact: true }).click();
  }
  await expect(page.getByText('Not sent.')).toBeVisible();
  await expect(page.getByText('Connecting…')).toBeVisible();
  await shot('conversation-failed');
  for (let left = 2; left > 0; left -= 1) {
    await page.getByRole('log').getByRole('button', { name: 'Delete' }).first().click();
    await expect(page.getByRole('log').getByRole('button', { name: 'Delete' })).toHaveCount(left - 1);
  }
  cut = false;
  await page.unrouteAll();
  await page.goto('/');
  await open(page, /^Weekend hikes/);
  await expect(page.locator('[role=log] time').first()).toBeVisible();
  await context.setOffline(true);
  await expect(page.getByText('You are offline')).toBeVisible();
  await page.getByRole('textbox', { name: /^Message to/ }).fill('I bring the tent.');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await shot('offline');
}
