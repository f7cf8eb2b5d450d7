import { expect, type Page, test } from '@playwright/test';
import { arrive, converse, expectAccessible, join, log, type Person, say, write } from './people';

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}`);

/** Two people in a conversation; the first one is where it can be opened. */
async function two(browser: Parameters<typeof arrive>[0], options: Parameters<typeof arrive>[2] = {}) {
  const [alice, bob] = [await arrive(browser, 'Alice', options), await arrive(browser, 'Bob')];
  const callers = [await join(alice), await join(bob)] as const;
  const id = await converse(callers[0], [callers[1]]);
  return { alice, bob, asAlice: callers[0], asBob: callers[1], id };
}

/** Does so for each, a few at a time. */
async function inTurns<T>(all: T[], task: (one: T) => Promise<unknown>): Promise<void> {
  const queue = [...all];
  const work = async () => {
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) await task(one);
  };
  await Promise.all(Array.from({ length: 10 }, work));
}

const open = async ({ page }: Person, id: string) => {
  await page.goto(`/c/${id}`);
  await expect(page.getByRole('log')).toBeVisible();
};
const bubble = (person: Person, text: string) => log(person).locator('[data-bubble]').filter({ hasText: text });
const action = (page: Page, name: string) => page.getByRole('menuitem', { name }).click();

test('a message is answered, copied and deleted, by mouse and by keyboard', async ({ browser }) => {
  const { alice, bob, id } = await two(browser);
  await alice.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await open(alice, id);
  await open(bob, id);
  await say(bob, 'Shall we meet at noon?');
  await log(alice).getByText('Shall we meet').click({ button: 'right' });
  await action(alice.page, 'Copy text');
  expect(await alice.page.evaluate(() => navigator.clipboard.readText())).toBe('Shall we meet at noon?');

  await log(alice).getByText('Shall we meet').hover();
  await alice.page.getByRole('button', { name: 'Reply' }).last().click();
  await expect(alice.page.getByText(`Answer to ${bob.name}`, { exact: true })).toBeVisible();
  await alice.page.keyboard.type('Yes');
  await alice.page.keyboard.press('Enter');
  await expect(alice.page.getByText(`Answer to ${bob.name}`, { exact: true })).toBeHidden();
  for (const person of [alice, bob]) await expect(bubble(person, 'Yes')).toContainText('Shall we meet at noon?');

  // Up selects the last own one, and its keys do what its menu does.
  await alice.page.keyboard.press('ArrowUp');
  await expect(alice.page.locator('article:focus')).toContainText('Yes');
  await alice.page.keyboard.press('ArrowUp');
  await expect(alice.page.locator('article:focus')).toContainText('Shall we meet');
  await alice.page.keyboard.press('ArrowDown');
  await alice.page.keyboard.press('Enter');
  await expectAccessible(alice.page);
  await alice.page.keyboard.press('Escape');
  await expect(alice.page.locator('article:focus')).toContainText('Yes');
  await alice.page.keyboard.press('Delete');
  await alice.page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
  for (const person of [alice, bob]) {
    await expect(log(person).getByText('Message deleted')).toBeVisible();
    await expect(bubble(person, 'Yes')).toHaveCount(0);
  }
  await alice.page.getByRole('textbox', { name: /^Message to/ }).focus();
  await alice.page.keyboard.press('ArrowUp');
  await alice.page.keyboard.press('Escape');
  await expect(alice.page.getByRole('textbox', { name: /^Message to/ })).toBeFocused();

  // Nobody deletes what others wrote between two people.
  await log(alice).getByText('Shall we meet').click({ button: 'right' });
  await expect(alice.page.getByRole('menuitem', { name: 'Reply' })).toBeVisible();
  await expect(alice.page.getByRole('menuitem', { name: 'Delete' })).toBeHidden();
});

test('whoever leads a group deletes what others wrote, also while they are away', async ({ browser }) => {
  const [alice, bob] = [await arrive(browser, 'Alice'), await arrive(browser, 'Bob')];
  const [asAlice, asBob] = [await join(alice), await join(bob)];
  const id = await converse(asAlice, [asBob], 'Weekend');
  await write(asBob, id, ['rude words', 'kind words']);
  await open(bob, id);
  await expect(log(bob).getByText('rude words')).toBeVisible();
  await bob.page.context().setOffline(true);

  await open(alice, id);
  await log(alice).getByText('rude words').click({ button: 'right' });
  await action(alice.page, 'Delete');
  await alice.page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
  await expect(log(alice).getByText('Message deleted')).toBeVisible();
  await say(alice, 'said meanwhile');

  await bob.page.context().setOffline(false);
  await expect(log(bob).getByText('Message deleted')).toBeVisible({ timeout: 15_000 });
  await expect(log(bob).getByText('said meanwhile')).toBeVisible();
  await expect(log(bob).getByText('rude words')).toHaveCount(0);
});

test('more changes than one replay holds are all made when one is back', async ({ browser }) => {
  const [alice, bob] = [await arrive(browser, 'Alice'), await arrive(browser, 'Bob')];
  const [asAlice, asBob] = [await join(alice), await join(bob)];
  const id = await converse(asAlice, [asBob], 'Weekend');
  const ids: string[] = [];
  await inTurns(numbers(1, 520), async (line) => {
    for (const message of await write(asAlice, id, [line])) ids.push(message.id);
  });
  let away = false;
  let leave = () => {};
  let replays = 0;
  await bob.page.route(/socket\.io/, (route) => (away ? route.abort() : route.fallback()));
  await bob.page.routeWebSocket(/socket\.io/, (socket) => {
    if (away) return void socket.close();
    const server = socket.connectToServer();
    leave = () => void socket.close();
    socket.onMessage((message) => {
      if (String(message).includes('["subscribe"')) replays += 1;
      server.send(message);
    });
  });
  await open(bob, id);
  await expect(log(bob).getByText(/^line/).first()).toBeVisible();
  await expect.poll(() => replays).toBeGreaterThan(0);
  away = true;
  leave();
  replays = 0;
  await inTurns(ids, (message) => asAlice.call('delete', `/messages/${message}`));
  await asAlice.call('patch', `/conversations/${id}`, { title: 'Quiet weekend' });

  away = false;
  await bob.page.evaluate(() => window.dispatchEvent(new Event('online')));
  await expect(bob.page.getByRole('heading', { name: 'Quiet weekend' })).toBeVisible();
  await expect(log(bob).getByText('Message deleted').first()).toBeVisible();
  await expect(log(bob).getByText(/^line/)).toHaveCount(0);
  await expect(bob.page.getByRole('link', { name: /^Quiet weekend.*Message deleted/ })).toBeVisible();
  expect(replays).toBeGreaterThan(1);
});

test('a conversation opens at what is unread, and goes on to its end', async ({ browser }) => {
  const { alice, asBob, id } = await two(browser);
  await write(asBob, id, numbers(1, 160));
  await open(alice, id);
  // All of it is unread, so it opens at the beginning.
  await expect(log(alice).getByText('New messages')).toBeInViewport();
  await expect(log(alice).getByText('line 1', { exact: true })).toBeInViewport();
  const pill = alice.page.getByRole('button', { name: /new, jump to the end/ });
  await expect(pill).toBeVisible();
  await log(alice).hover();
  await expect(async () => {
    await alice.page.mouse.wheel(0, 1500);
    await expect(log(alice).getByText('line 160', { exact: true })).toBeInViewport({ timeout: 300 });
  }).toPass();
  await expect(pill).toBeHidden();
  await say(alice, 'I have read it all');
  await write(asBob, id, ['Good']);
  await expect(log(alice).getByText('Good', { exact: true })).toBeInViewport();
});

test('what came while one looked elsewhere has a line above it, which stays', async ({ browser }) => {
  const { alice, asAlice, asBob, id } = await two(browser);
  await write(asBob, id, ['seen']);
  await write(asAlice, id, ['mine']);
  await open(alice, id);
  await expect(log(alice).getByText('mine')).toBeVisible();
  await alice.page.evaluate(() => {
    document.hasFocus = () => false;
    window.dispatchEvent(new Event('blur'));
  });
  await expect(log(alice).getByText('New messages')).toHaveCount(0);
  await write(asBob, id, ['missed', 'missed too']);
  await alice.page.evaluate(() => {
    document.hasFocus = () => true;
    window.dispatchEvent(new Event('focus'));
  });
  await write(asBob, id, ['seen again']);
  await expect(log(alice).getByText('seen again')).toBeVisible();
  await expect(log(alice).getByText(/^(mine|New messages|missed too)/)).toHaveText([
    /mine/,
    'New messages',
    /missed too/,
  ]);
});

test('an answer leads to what it answers, however far back, and one jump to the end again', async ({ browser }) => {
  const { alice, asAlice, asBob, id } = await two(browser);
  const [first] = await write(asBob, id, numbers(1, 180));
  await write(asAlice, id, ['That was long ago'], { replyToId: first?.id });
  await open(alice, id);
  await expect(bubble(alice, 'That was long ago')).toBeInViewport();
  await expect(bubble(alice, 'That was long ago')).toContainText('line 1');
  await bubble(alice, 'That was long ago').getByRole('button').click();
  await expect(log(alice).getByText('line 1', { exact: true })).toBeInViewport();
  await expect(log(alice).getByText('That was long ago')).not.toBeInViewport();

  // What comes meanwhile neither moves the view nor appears where it does not belong.
  const before = await log(alice).getByText('line 2', { exact: true }).boundingBox();
  await write(asBob, id, ['news']);
  await expect(alice.page.getByRole('link', { name: /news/ })).toBeVisible();
  await expect(log(alice).getByText('news')).toHaveCount(0);
  expect((await log(alice).getByText('line 2', { exact: true }).boundingBox())?.y).toBe(before?.y);

  await alice.page.getByRole('button', { name: /jump to the end/ }).click();
  await expect(log(alice).getByText('news')).toBeInViewport();
  await bubble(alice, 'That was long ago').getByRole('button').click();
  await expect(log(alice).getByText('line 1', { exact: true })).toBeInViewport();
  await say(alice, 'sent from up there');
  await expect(log(alice).getByText('sent from up there')).toBeInViewport();
});

for (const [motion, reducedMotion] of [
  ['motion', 'no-preference'],
  ['no motion', 'reduce'],
] as const) {
  test(`older messages come without moving what is read by a pixel (${motion})`, async ({ browser }) => {
    const { alice, asAlice, asBob, id } = await two(browser, { reducedMotion });
    for (let n = 0; n < 6; n += 1) {
      await write(
        asBob,
        id,
        numbers(n * 40 + 1, n * 40 + 20).map((line) => `${line} ${'and more '.repeat(n * 7)}`),
      );
      await write(asAlice, id, numbers(n * 40 + 21, n * 40 + 40));
    }
    await open(alice, id);
    await expect(log(alice).getByText('line 240', { exact: true })).toBeInViewport();
    // Held up, the page comes when the very top is in sight: the worst place for a jump.
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await alice.page.route(/\/messages\?/, async (route) => {
      await held;
      await route.continue();
    });
    await log(alice).evaluate((list) => list.scrollTo(0, 0));
    await expect(alice.page.getByText('Loading older messages…')).toBeInViewport();
    // Where a message in sight is, in every frame from now on.
    await log(alice).evaluate((list) => {
      const edge = list.getBoundingClientRect().top + 120;
      const row = [...list.querySelectorAll('[data-bubble]')].find((each) => each.getBoundingClientRect().top > edge);
      const tops: (number | undefined)[] = [];
      Object.assign(window, { tops });
      const look = () => {
        tops.push(row?.isConnected ? row.getBoundingClientRect().top : undefined);
        requestAnimationFrame(look);
      };
      look();
    });
    const loaded = alice.page.waitForResponse(/\/messages\?/);
    release();
    await loaded;
    await expect(alice.page.getByText('Loading older messages…')).not.toBeInViewport();
    const tops = () => alice.page.evaluate(() => (window as unknown as { tops: number[] }).tops);
    await expect.poll(async () => (await tops()).length).toBeGreaterThan(60);
    expect(new Set(await tops())).toEqual(new Set([(await tops())[0]]));
  });
}

test('what cannot be sent says so, keeps its text and its place, and can be given up', async ({ browser }) => {
  const [alice, bob] = [await arrive(browser, 'Alice'), await arrive(browser, 'Bob')];
  const [asAlice, asBob] = [await join(alice), await join(bob)];
  const id = await converse(asAlice, [asBob], 'Weekend');
  await open(bob, id);
  // The answer of a server that refuses, for the first one alone.
  await bob.page.routeWebSocket(/socket\.io/, (socket) => socket.close());
  await bob.page.reload();
  let refuse = true;
  await bob.page.route('**/messages', (route) => {
    if (!refuse || route.request().method() !== 'POST') return route.fallback();
    const error = { code: 'FORBIDDEN', message: 'No.', retryable: false, traceId: 'x' };
    return route.fulfill({ status: 403, json: { error } });
  });
  await say(bob, 'refused');
  await expect(log(bob).getByText('Not sent.')).toBeVisible();
  await say(bob, 'behind it');
  await expect(log(bob).getByText('Waits for the message above')).toBeVisible();
  await expectAccessible(bob.page);
  refuse = false;
  await log(bob).getByRole('button', { name: 'Retry' }).click();
  await expect(log(bob).getByText('Sent', { exact: true })).toHaveCount(2);
  await open(alice, id);
  await expect(
    log(alice)
      .locator('p')
      .filter({ hasText: /^(refused|behind it)/ }),
  ).toHaveText([/^refused/, /^behind it/]);
});

test('messages go out over HTTP while there is no socket, and what others say comes when there is one', async ({
  browser,
}) => {
  const { alice, bob, id } = await two(browser);
  let blocked = true;
  await alice.page.routeWebSocket(/socket\.io/, (socket) => (blocked ? socket.close() : void socket.connectToServer()));
  await alice.page.route(/socket\.io/, (route) => (blocked ? route.abort() : route.fallback()));
  await open(alice, id);
  await open(bob, id);
  await say(alice, 'without a socket');
  await expect(log(alice).getByText('Sent', { exact: true })).toHaveCount(1);
  await expect(log(bob).getByText('without a socket')).toBeVisible();
  await say(bob, 'I hear you');
  await expect(log(bob).getByText('Sent', { exact: true })).toHaveCount(1);
  await expect(alice.page.getByText('Connecting…')).toBeVisible();
  await expect(log(alice).getByText('I hear you')).toHaveCount(0);
  blocked = false;
  await alice.page.evaluate(() => window.dispatchEvent(new Event('online')));
  await expect(log(alice).getByText('I hear you')).toBeVisible();
});

test('what waits survives a reload without a line, and two tabs send it once', async ({ browser }) => {
  const { alice, bob, id } = await two(browser);
  const second = await alice.page.context().newPage();
  await open(bob, id);
  await open(alice, id);
  await second.goto(`/c/${id}`);
  await expect(second.getByRole('log')).toBeVisible();
  await alice.page.context().route(/\/messages$/, (route) => route.abort());
  await alice.page.context().route(/socket\.io/, (route) => route.abort());
  for (const page of [alice.page, second]) {
    await page.routeWebSocket(/socket\.io/, (socket) => socket.close());
    await page.reload();
    await expect(page.getByRole('log')).toBeVisible();
  }
  for (const text of ['one', 'two', 'three']) await say(alice, text);
  await expect(second.getByRole('log').getByText('Sending')).toHaveCount(3);
  await expect(log(alice).getByText('Taking longer than usual…').first()).toBeVisible();
  await alice.page.reload();
  await expect(log(alice).getByText('Sending')).toHaveCount(3);
  await alice.page.context().unroute(/\/messages$/);
  for (const page of [alice.page, second]) await page.evaluate(() => window.dispatchEvent(new Event('online')));
  await expect(log(alice).getByText('Sent', { exact: true })).toHaveCount(3);
  await expect(
    log(bob)
      .locator('p')
      .filter({ hasText: /^(one|two|three)/ }),
  ).toHaveText([/^one/, /^two/, /^three/]);
  await expect(second.getByRole('log').getByText('Sent', { exact: true })).toHaveCount(3);
});

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

for (const width of [390, 1280]) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`three people talk, cut off and back again (${width}, ${colorScheme})`, async ({ browser }) => {
      const options = { viewport: { width, height: 800 }, colorScheme };
      const [alice, bob, carol] = [
        await arrive(browser, 'Alice', options),
        await arrive(browser, 'Bob', options),
        await arrive(browser, 'Carol', options),
      ];
      const callers = [await join(alice), await join(bob), await join(carol)] as const;
      const id = await converse(callers[0], [callers[1], callers[2]], 'Weekend');
      const everybody = [alice, bob, carol];
      for (const person of everybody) await open(person, id);

      await say(alice, 'Who is in? https://example.org');
      for (const person of [bob, carol]) await expect(log(person).getByText('Who is in?')).toBeVisible();
      await carol.page.context().setOffline(true);
      await say(bob, 'I am');
      await say(carol, 'Me too');
      await expect(log(alice).getByText('I am')).toBeVisible();
      await expect(log(carol).getByText('Sending')).toBeAttached();
      await carol.page.context().setOffline(false);
      const texts = [/^Who is in\?/, /^I am/, /^Me too/];
      for (const person of everybody) {
        await expect(
          log(person)
            .locator('p')
            .filter({ hasText: /^(Who|I am|Me too)/ }),
        ).toHaveText(texts, {
          timeout: 15_000,
        });
      }
      await callers[1].call('delete', `/messages/${(await write(callers[1], id, ['wrong chat']))[0]?.id}`);
      await write(callers[2], id, ['🎉', 'مرحبا', 'W'.repeat(300)]);
      await expect(log(alice).getByText('مرحبا')).toBeVisible();
      for (const { page } of everybody) {
        await expectAccessible(page);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      }
    });
  }
}
