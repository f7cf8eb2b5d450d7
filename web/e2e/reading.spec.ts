import { type Browser, expect, type Locator, type Page, test } from '@playwright/test';
import { arrive, converse, expectAccessible, join, log, type Person, say, secondDevice, write } from './people';

// Several browsers have much to do.
test.describe.configure({ timeout: 120_000 });

type Options = Parameters<typeof arrive>[2];

const wide = { viewport: { width: 1280, height: 800 } };
const phone = { viewport: { width: 390, height: 844 } };

async function people(browser: Browser, names: string[], options: Options = {}) {
  const arrived: { person: Person; caller: Awaited<ReturnType<typeof join>> }[] = [];
  for (const name of names) {
    const person = await arrive(browser, name, options);
    arrived.push({ person, caller: await join(person) });
  }
  return arrived;
}

/** Whether the window has the focus is the browser's to say, and it says so to all of them. */
async function look(page: Page, here: boolean): Promise<void> {
  await page.evaluate((focused) => {
    document.hasFocus = () => focused;
    window.dispatchEvent(new Event(focused ? 'focus' : 'blur'));
  }, here);
}

/** What a page says it has read, as it goes over the line. */
function readsOf(page: Page): string[] {
  const said: string[] = [];
  page.on('websocket', (socket) =>
    socket.on('framesent', ({ payload }) => {
      if (String(payload).includes('receipt:read')) said.push(String(payload));
    }),
  );
  return said;
}

const row = (page: Page, id: string) => page.locator(`[data-conversation="${id}"]`);
const bubble = ({ page }: Person, text: string) => page.getByRole('article').filter({ hasText: text });

for (const [device, options] of Object.entries({ desktop: wide, phone })) {
  test(`ticks turn blue when it was seen, and badges agree on two devices (${device})`, async ({ browser }) => {
    const [a, b] = await people(browser, ['Alice', 'Bob'], options);
    if (!a || !b) return;
    const [alice, bob] = [a.person, b.person];
    const id = await converse(a.caller, [b.caller]);
    const other = await secondDevice(browser, bob);
    const said = readsOf(bob.page);
    await bob.page.clock.install();
    await bob.page.goto('/');
    await alice.page.goto(`/c/${id}`);
    await say(alice, 'Are you there?');
    await expect(bubble(alice, 'Are you there?')).toContainText('Sent');
    for (const page of [bob.page, other]) await expect(row(page, id)).toContainText('1 unread');

    // On the screen, but nobody looks.
    await look(bob.page, false);
    await row(bob.page, id).click();
    await expect(bubble(bob, 'Are you there?')).toBeInViewport();
    await bob.page.clock.runFor(5000);
    expect(said).toEqual([]);
    await expect(row(other, id)).toContainText('1 unread');
    await expect(bubble(alice, 'Are you there?')).toContainText('Sent');

    await look(bob.page, true);
    await expect(bubble(alice, 'Are you there?')).toContainText('Read');
    await expect(row(other, id)).not.toContainText('unread');
    await expect(row(bob.page, id)).not.toContainText('unread');

    // What comes while one looks is read without a touch, and said once.
    await say(alice, 'Good');
    await expect(bubble(alice, 'Good')).toContainText('Read');
    expect(said).toHaveLength(2);

    // After a reload history says the same.
    await alice.page.reload();
    await expect(bubble(alice, 'Are you there?')).toContainText('Read');
    expect([...alice.complaints, ...bob.complaints]).toEqual([]);
  });

  test(`a group says who has read, when, and who has not yet (${device})`, async ({ browser }) => {
    const [a, b, c] = await people(browser, ['Alice', 'Bob', 'Carol'], options);
    if (!a || !b || !c) return;
    const [alice, bob, carol] = [a.person, b.person, c.person];
    const id = await converse(a.caller, [b.caller, c.caller], 'Readers');
    await alice.page.goto(`/c/${id}`);
    await say(alice, 'News for all');
    await expect(bubble(alice, 'News for all')).toContainText('Sent');
    await expect(alice.page.getByRole('button', { name: /^Read by/ })).toBeHidden();

    await bob.page.goto(`/c/${id}`);
    await alice.page.getByRole('button', { name: 'Read by 1' }).click();
    const popover = alice.page.getByRole('dialog', { name: 'Who has read this message' });
    const readers = popover.getByRole('region', { name: /^Read by/ }).getByRole('listitem');
    const others = popover.getByRole('region', { name: 'Not yet' }).getByRole('listitem');
    await expect(readers).toHaveText([new RegExp(`${bob.name}.*just now`)]);
    await expect(others).toHaveText([new RegExp(carol.name)]);
    await expectAccessible(alice.page);

    // It follows what happens.
    await carol.page.goto(`/c/${id}`);
    await expect(readers).toHaveText([new RegExp(bob.name), new RegExp(carol.name)]);
    await expect(others).toHaveCount(0);
    await alice.page.keyboard.press('Escape');
    await expect(popover).toBeHidden();
    await expect(alice.page.getByRole('button', { name: 'Read by 2' })).toBeVisible();

    // Whoever comes back finds the same, also by keyboard.
    await alice.page.reload();
    await expect(alice.page.getByRole('button', { name: 'Read by 2' })).toBeVisible();
    await bubble(alice, 'News for all').focus();
    await alice.page.keyboard.press('Enter');
    await alice.page.getByRole('menuitem', { name: 'Read by' }).click();
    await expect(readers).toHaveCount(2);
    expect([...alice.complaints, ...bob.complaints, ...carol.complaints]).toEqual([]);
  });

  test(`who is here is seen live (${device})`, async ({ browser }) => {
    const [a, b] = await people(browser, ['Alice', 'Bob'], options);
    if (!a || !b) return;
    const [alice, bob] = [a.person, b.person];
    const id = await converse(a.caller, [b.caller]);
    const group = await converse(a.caller, [b.caller], 'Present');
    await bob.page.clock.install();
    await bob.page.goto('/');
    await expect(row(bob.page, id)).toBeVisible();
    const dot = (page: Page, status: string) => row(page, id).locator(`[data-presence="${status}"]`);
    const header = alice.page.getByRole('region', { name: bob.name });

    await expect(dot(alice.page, 'online')).toBeAttached();
    await alice.page.goto(`/c/${group}`);
    await expect(alice.page.getByText('2 members, 2 online')).toBeVisible();
    await alice.page.getByRole('button', { name: 'Members of Present' }).click();
    await expect(alice.page.getByRole('listitem').filter({ hasText: bob.name })).toContainText('Online');
    await alice.page.goto(`/c/${id}`);
    await expect(header.getByText('Online', { exact: true }).last()).toBeVisible();

    // Five minutes without a touch are noticed with the server's next ping.
    await bob.page.clock.setSystemTime(Date.now() + 6 * 60_000);
    await expect(header.getByText('Away', { exact: true }).last()).toBeVisible({ timeout: 30_000 });
    await expect(dot(alice.page, 'away')).toBeAttached();
    await bob.page.mouse.move(100, 100);
    await bob.page.mouse.move(120, 120);
    await expect(header.getByText('Online', { exact: true }).last()).toBeVisible();

    // Who does not want it is not seen, and not said to be away.
    await b.caller.call('patch', '/users/me/privacy', { presenceEnabled: false });
    await expect(header.getByText(`@${bob.username}`)).toBeVisible();
    await expect(row(alice.page, id).locator('[data-presence]')).toHaveCount(0);
    await b.caller.call('patch', '/users/me/privacy', { presenceEnabled: true });
    await expect(header.getByText('Online', { exact: true }).last()).toBeVisible();

    await bob.page.close();
    await expect(header.getByText('Last seen just now')).toBeVisible({ timeout: 15_000 });
    await expect(dot(alice.page, 'offline')).toBeAttached();
    expect(alice.complaints).toEqual([]);
  });
}

test('what was read further up than the end leaves the rest unread, on both devices', async ({ browser }) => {
  const [a, b] = await people(browser, ['Alice', 'Bob'], wide);
  if (!a || !b) return;
  const bob = b.person;
  const id = await converse(a.caller, [b.caller]);
  const other = await secondDevice(browser, bob);
  await write(
    a.caller,
    id,
    Array.from({ length: 80 }, (_, index) => `number ${index + 1}.\nmore\nand more`),
  );
  await expect(row(bob.page, id)).toContainText('80 unread');
  await row(bob.page, id).click();
  await expect(log(bob).getByText('number 1.')).toBeInViewport();
  // The first screen was seen: both say the same rest, which is neither none nor all.
  await expect(row(bob.page, id)).toContainText(/[67]\d unread/);
  const rest = (await row(bob.page, id).textContent())?.match(/\d+ unread/)?.[0] ?? '';
  await expect(row(other, id)).toContainText(rest);
  await bob.page.getByRole('button', { name: /jump to the end/i }).click();
  for (const page of [bob.page, other]) await expect(row(page, id)).not.toContainText('unread');
});

test('who is looked for, and who is in a group, is said to be here only while they are', async ({ browser }) => {
  const [a, b, c, d] = await people(browser, ['Alice', 'Bob', 'Carol', 'Dora'], wide);
  if (!a || !b || !c || !d) return;
  const { page } = a.person;
  await converse(a.caller, [b.caller]);
  const group = await converse(a.caller, [b.caller, c.caller], 'Present');
  await c.person.page.close();
  await page.goto(`/c/${group}`);
  await expect(page.getByText('3 members, 2 online')).toBeVisible({ timeout: 20_000 });

  const expectSeen = async (where: Locator, status: 'online' | 'offline') => {
    const dot = where.locator('[data-presence]');
    await expect(dot).toHaveAttribute('data-presence', status, { timeout: 20_000 });
    // Its colour is what most people go by.
    await expect(dot).toHaveClass(status === 'online' ? /bg-here/ : /bg-gone/);
  };
  const search = async ({ person }: typeof b) => {
    await page.getByLabel('Search people').fill(person.username);
    return page.getByRole('list', { name: 'People found' }).getByRole('listitem').filter({ hasText: person.name });
  };
  await page.getByRole('button', { name: 'New chat' }).click();
  // Who shares no conversation with us is nobody whose presence we may know.
  const stranger = await search(d);
  await expect(stranger).toBeVisible();
  await expect(stranger.locator('[data-presence]')).toHaveCount(0);
  await expectSeen(await search(c), 'offline');
  const found = await search(b);
  await expectSeen(found, 'online');
  await expect(found).toContainText('Online');
  await b.person.page.close();
  await expectSeen(found, 'offline');
  await expect(found).toContainText('Offline');
  await page.keyboard.press('Escape');

  const members = page.getByRole('list', { name: 'Members' }).getByRole('listitem');
  const member = ({ person }: typeof b) => members.filter({ hasText: person.name });
  await page.getByRole('button', { name: 'Members of Present' }).click();
  await expect(member(a).locator('[data-presence]')).toHaveCount(0);
  for (const gone of [b, c]) await expectSeen(member(gone), 'offline');
  await expect(member(b)).toContainText('Last seen');
  const back = await b.person.page.context().newPage();
  await back.goto('/');
  await expectSeen(member(b), 'online');
  await expect(member(b)).toContainText('Online');
  expect(a.person.complaints).toEqual([]);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`around a dot is what its picture stands on (${colorScheme})`, async ({ browser }) => {
    const [a, b] = await people(browser, ['Alice', 'Bob'], { ...wide, colorScheme });
    if (!a || !b) return;
    const { page } = a.person;
    const id = await converse(a.caller, [b.caller]);
    const group = await converse(a.caller, [b.caller], 'Present');
    const expectClear = async (where: Locator) => {
      await where.getByText(b.person.name).hover();
      await page.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished)));
      const picture = where.locator(':has(> * > [data-presence])');
      const dot = await where.locator('[data-presence]').boundingBox();
      const box = await picture.boundingBox();
      if (!dot || !box) throw new Error('no dot');
      const middle = { x: dot.x + dot.width / 2 - box.x, y: dot.y + dot.height / 2 - box.y };
      const image = `data:image/png;base64,${(await picture.screenshot()).toString('base64')}`;
      // Above the dot, where the picture would be, and in the corner, where nothing is.
      const [ring, ground] = await page.evaluate(
        async ([image, { x, y }]) => {
          const picture = new Image();
          picture.src = image;
          await picture.decode();
          const canvas = document.createElement('canvas');
          const context = canvas.getContext('2d');
          context?.drawImage(picture, 0, 0);
          const at = (x: number, y: number) => String(context?.getImageData(x, y, 1, 1).data);
          return [at(x, y - 6), at(picture.width - 1, picture.height - 1)];
        },
        [image, middle] as const,
      );
      expect(ring).toBe(ground);
    };
    await expectClear(row(page, id));
    await page.goto(`/c/${group}`);
    await page.getByRole('button', { name: 'Members of Present' }).click();
    await expectClear(
      page.getByRole('list', { name: 'Members' }).getByRole('listitem').filter({ hasText: b.person.name }),
    );
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'New chat' }).click();
    await page.getByLabel('Search people').fill(b.person.username);
    await expectClear(page.getByRole('list', { name: 'People found' }));
  });
}

test('no badge flickers while the line is gone and comes back', async ({ browser }) => {
  const [a, b] = await people(browser, ['Alice', 'Bob'], wide);
  if (!a || !b) return;
  const { page } = a.person;
  const [quiet, busy] = [await converse(a.caller, [b.caller]), await converse(a.caller, [b.caller], 'Busy')];
  await write(b.caller, quiet, ['one', 'two']);
  await write(b.caller, busy, ['one']);
  // Cut by hand: socket.io-client keeps a line to "localhost" when the browser says that it is offline.
  let away = false;
  let leave = () => {};
  await page.route(/socket\.io/, (route) => (away ? route.abort() : route.fallback()));
  await page.routeWebSocket(/socket\.io/, (socket) => {
    if (away) return void socket.close();
    socket.connectToServer();
    leave = () => void socket.close();
  });
  await page.goto('/');
  await expect(row(page, quiet)).toContainText('2 unread');
  await expect(row(page, busy)).toContainText('1 unread');

  // What each badge says, whenever anything in the list or in the head of the page changes.
  await page.evaluate(
    (ids) => {
      const seen: Record<string, string[]> = {};
      Object.assign(window, { seen });
      const note = (where: string, text: string) => {
        seen[where] ??= [];
        if (seen[where].at(-1) !== text) seen[where].push(text);
      };
      const look = () => {
        note('title', document.title);
        for (const id of ids) {
          const row = document.querySelector(`[data-conversation="${id}"]`);
          note(id, row?.textContent?.match(/(\d+) unread$/)?.[1] ?? 'none');
        }
      };
      look();
      new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
    },
    [quiet, busy],
  );
  away = true;
  leave();
  await page.context().setOffline(true);
  await expect(page.getByText('You are offline')).toBeVisible();
  await write(b.caller, busy, ['while you were away']);
  const caughtUp = page.waitForResponse(/\/conversations\?limit=/);
  away = false;
  await page.context().setOffline(false);
  await expect(page.getByText('Connected', { exact: true })).toBeVisible();
  await caughtUp;
  await expect(row(page, busy)).toContainText('2 unread');
  await expect(page.getByText('Connected', { exact: true })).toBeHidden();
  expect(await page.evaluate(() => (window as unknown as { seen: unknown }).seen)).toEqual({
    title: ['(3) Trice', '(4) Trice'],
    [quiet]: ['2'],
    [busy]: ['1', '2'],
  });
});
