import { expect, type Page, test } from '@playwright/test';
import { arrive, type Caller, converse, join, log, type Person, write } from './people';

test('the app can be installed', async ({ browser }) => {
  const { page } = await arrive(browser, 'Alice');
  await page.goto('/login');
  const href = await page.locator('link[rel=manifest]').evaluate((link: HTMLLinkElement) => link.href);
  const answer = await page.request.get(href);
  expect(answer.headers()['content-type']).toMatch(/^application\/manifest\+json/);
  const manifest: { icons: { src: string; sizes: string; purpose?: string }[] } = await answer.json();
  expect(manifest).toMatchObject({ name: 'Trice', start_url: '/', display: 'standalone' });

  const sizes = (wanted: string) =>
    manifest.icons.filter(({ purpose = 'any' }) => purpose === wanted).map(({ sizes }) => sizes);
  expect(sizes('any')).toEqual(expect.arrayContaining(['192x192', '512x512']));
  expect(sizes('maskable')).toEqual(['512x512']);
  for (const { src, sizes } of manifest.icons) {
    const real = await page.evaluate(async (src) => {
      const image = new Image();
      image.src = src;
      await image.decode();
      return `${image.naturalWidth}x${image.naturalHeight}`;
    }, src);
    if (sizes !== 'any') expect(real, src).toBe(sizes);
  }

  const browserItself = await page.context().newCDPSession(page);
  const { installabilityErrors } = await browserItself.send('Page.getInstallabilityErrors');
  // Every window of a test is a private one.
  expect(installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito')).toEqual([]);
});

/** A direct conversation with something in it, and a group; nothing in either fits on one line. */
async function talkative(alice: Person, bob: Person) {
  const [asAlice, asBob]: [Caller, Caller] = [await join(alice), await join(bob)];
  const direct = await converse(asAlice, [asBob]);
  const group = await converse(asAlice, [asBob], 'A rather long name for a group of two');
  const texts = ['Hello', `https://example.org/${'long'.repeat(40)}`, 'and some more words '.repeat(20)];
  await write(asBob, direct, texts);
  await write(asAlice, direct, texts);
  await write(asBob, group, texts);
  return { direct, group };
}

test('whoever wants no motion gets none', async ({ browser }) => {
  const alice = await arrive(browser, 'Alice', { reducedMotion: 'reduce' });
  const bob = await arrive(browser, 'Bob');
  const { page } = alice;
  await page.addInitScript(() => {
    const motions: string[] = [];
    Object.assign(window, { motions });
    const note = ({ type }: Event) => {
      for (const animation of document.getAnimations()) {
        const { duration } = animation.effect?.getComputedTiming() ?? {};
        if (Number(duration) > 10) motions.push(`${type}: ${duration} ms`);
      }
    };
    for (const type of ['animationstart', 'transitionrun']) document.addEventListener(type, note, { capture: true });
  });
  const expectCalm = async () => {
    expect(await page.evaluate(() => (window as unknown as { motions: string[] }).motions)).toEqual([]);
    const smooth = await page.evaluate(() =>
      [...document.querySelectorAll('*')].filter((each) => getComputedStyle(each).scrollBehavior === 'smooth'),
    );
    expect(smooth).toEqual([]);
  };
  const { direct, group } = await talkative(alice, bob);
  await expectCalm();
  await page.locator(`[data-conversation="${direct}"]`).hover();
  await page.goto(`/c/${direct}`);
  await expect(log(alice).getByText('Hello').first()).toBeAttached();
  await log(alice).evaluate((list) => list.scrollTo(0, 0));
  await page.getByRole('button', { name: 'Jump to the end' }).click();
  await expect(page.getByRole('button', { name: 'Jump to the end' })).toBeHidden();
  await expectCalm();
  await page.goto(`/c/${group}`);
  await page.getByRole('button', { name: /^Members of/ }).click();
  await expect(page.getByRole('list', { name: 'Members' }).getByRole('listitem')).toHaveCount(2);
  await expectCalm();
  await page.goto('/settings/privacy');
  await page.getByRole('switch', { name: 'Read receipts' }).click();
  await expect(page.getByRole('switch', { name: 'Read receipts' })).not.toBeChecked();
  await expectCalm();
});

/** What one would have to scroll sideways for, or could not reach at all. */
function sideways(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('*')]
      .filter((each) => {
        const { left, right, width } = each.getBoundingClientRect();
        const scrolls = each === document.documentElement || /auto|scroll/.test(getComputedStyle(each).overflowX);
        if (scrolls && each.scrollWidth > each.clientWidth) return true;
        // What is there for screen readers alone is a pixel wide.
        return width > 1 && each.checkVisibility({ opacityProperty: true }) && (left < -1 || right > innerWidth + 1);
      })
      .map((each) => each.outerHTML.slice(0, 120)),
  );
}

for (const [what, options] of Object.entries({
  // As browsers do it: half the width, twice the pixels.
  '1280 px at 200 %': { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 },
  '1280 px at 400 %': { viewport: { width: 320, height: 256 }, deviceScaleFactor: 4 },
  '320 px': { viewport: { width: 320, height: 568 } },
})) {
  test(`nothing is out of reach, nor scrolls sideways (${what})`, async ({ browser }) => {
    const alice = await arrive(browser, 'Alice', options);
    const bob = await arrive(browser, 'Bob');
    const { page } = alice;
    const { direct, group } = await talkative(alice, bob);
    const expectGood = async () => expect(await sideways(page)).toEqual([]);
    await expect(page.locator(`[data-conversation="${group}"]`)).toBeVisible();
    await expectGood();
    for (const id of [direct, group]) {
      await page.goto(`/c/${id}`);
      await expect(log(alice).getByText('and some more words').last()).toBeVisible();
      await expectGood();
      await page.getByRole('textbox', { name: /^Message to/ }).fill('line\n'.repeat(30));
      for (const control of [
        page.getByRole('button', { name: 'Send', exact: true }),
        page.getByRole('textbox', { name: /^Message to/ }),
        page.getByRole('link', { name: 'Back to conversations' }),
      ]) {
        await expect(control).toBeInViewport({ ratio: 1 });
      }
      await expectGood();
      await page.getByRole('textbox', { name: /^Message to/ }).fill('');
    }
    await page.getByRole('button', { name: /^Members of/ }).click();
    await expect(page.getByRole('list', { name: 'Members' }).getByRole('listitem')).toHaveCount(2);
    await expect(page.getByRole('button', { name: 'Add people' })).toBeInViewport({ ratio: 1 });
    await expectGood();
    await page.getByRole('button', { name: 'Leave group' }).click();
    const leave = page.getByRole('alertdialog').getByRole('button', { name: 'Leave group' });
    await leave.scrollIntoViewIfNeeded();
    await expect(leave).toBeInViewport({ ratio: 1 });
    await expectGood();
    for (const section of ['', 'profile', 'privacy', 'notifications', 'devices', 'password', 'appearance', 'account']) {
      await page.goto(`/settings/${section}`);
      await expect(page.getByRole('heading', { level: 2 }).filter({ visible: true }).first()).toBeVisible();
      await page.waitForLoadState('networkidle');
      await expectGood();
    }
    await page.goto('/');
    await page.getByRole('button', { name: 'New chat' }).click();
    await page.getByLabel('Search people').fill(bob.username);
    await page.getByRole('button', { name: bob.name }).click();
    const start = page.getByRole('button', { name: `Chat with ${bob.name}` });
    await start.scrollIntoViewIfNeeded();
    await expect(start).toBeInViewport({ ratio: 1 });
    await expectGood();
  });
}

const upright = { viewport: { width: 390, height: 844 }, insets: { top: 59, bottom: 34, left: 0, right: 0 } };
const lying = { viewport: { width: 844, height: 390 }, insets: { top: 0, bottom: 21, left: 59, right: 59 } };

for (const [held, { viewport, insets }] of Object.entries({ upright, lying })) {
  test(`nothing is under a phone's notch, corners or bar (held ${held})`, async ({ browser }) => {
    const alice = await arrive(browser, 'Alice', { viewport, hasTouch: true });
    const bob = await arrive(browser, 'Bob');
    const { page } = alice;
    const browserItself = await page.context().newCDPSession(page);
    await browserItself.send('Emulation.setSafeAreaInsetsOverride', { insets });
    /** What can be seen or pressed, but for what is scrolled through. */
    const covered = () =>
      page.evaluate(({ top, bottom, left, right }) => {
        const scrolls = (each: Element | null): boolean =>
          each !== null &&
          ((getComputedStyle(each).overflowY === 'auto' && each.scrollHeight > each.clientHeight) ||
            scrolls(each.parentElement));
        return [...document.querySelectorAll('a, button, input, textarea, h1, h2, h3, p, dt, dd')]
          .filter((each) => {
            const box = each.getBoundingClientRect();
            if (box.width <= 1 || !each.checkVisibility({ opacityProperty: true })) return false;
            if (box.left < left || box.right > innerWidth - right) return true;
            return !scrolls(each.parentElement) && (box.top < top || box.bottom > innerHeight - bottom);
          })
          .map((each) => each.outerHTML.slice(0, 120));
      }, insets);
    const expectClear = async () => expect(await covered()).toEqual([]);
    await page.goto('/register');
    const card = page.locator('main > div');
    await expect(card).toBeVisible();
    expect((await card.boundingBox())?.y).toBeGreaterThanOrEqual(insets.top);
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
    const end = await page.locator('main > p').evaluate((each) => each.getBoundingClientRect().bottom);
    expect(Math.floor(end)).toBeLessThanOrEqual(viewport.height - insets.bottom);
    const { direct, group } = await talkative(alice, bob);
    await expect(page.locator(`[data-conversation="${group}"]`)).toBeVisible();
    await expectClear();
    // What is scrolled through ends above the bar, too.
    const low = { ...viewport, height: 260 };
    await page.setViewportSize(low);
    const list = page.getByRole('navigation', { name: 'Conversations' });
    await list.evaluate((each) => each.scrollTo(0, each.scrollHeight));
    const lastRow = await list.getByRole('link').last().boundingBox();
    expect((lastRow?.y ?? low.height) + (lastRow?.height ?? 0)).toBeLessThanOrEqual(low.height - insets.bottom);
    await page.setViewportSize(viewport);
    for (const id of [direct, group]) {
      await page.goto(`/c/${id}`);
      await expect(log(alice).getByText('and some more words').last()).toBeVisible();
      await expectClear();
    }
    await page.getByRole('button', { name: /^Members of/ }).click();
    await expect(page.getByRole('list', { name: 'Members' }).getByRole('listitem')).toHaveCount(2);
    await expectClear();
    await page.goto('/settings');
    await expect(page.getByRole('heading', { name: 'Settings' })).toBeVisible();
    await expectClear();
    await page.goto('/settings/devices');
    await expect(page.getByRole('heading', { name: 'Devices' })).toBeVisible();
    await expectClear();
  });
}
