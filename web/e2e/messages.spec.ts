import { expect, type Page, test } from '@playwright/test';
import { arrive, bubble, converse, expectAccessible, join, log, numbers, open, say, two, write } from './people';

/** Does so for each, a few at a time. */
async function inTurns<T>(all: T[], task: (one: T) => Promise<unknown>): Promise<void> {
  const queue = [...all];
  const work = async () => {
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) await task(one);
  };
  await Promise.all(Array.from({ length: 10 }, work));
}

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
