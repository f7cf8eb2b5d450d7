import { expect, type Locator, test } from '@playwright/test';
import { arrive, converse, expectAccessible, join, log, register, say, startChat, write } from './people';

test('two people find each other and talk', async ({ browser }) => {
  const alice = await arrive(browser, 'Alice');
  const bob = await arrive(browser, 'Bob');
  await register(alice);
  await register(bob);

  await startChat(alice, bob);
  await say(alice, 'Hello Bob');
  await expect(log(alice).getByText('Sent', { exact: true })).toBeAttached();

  // Live: Bob has touched nothing.
  await bob.page.getByRole('link', { name: alice.name }).click();
  await expect(log(bob).getByText('Hello Bob')).toBeVisible();
  await say(bob, 'Hello Alice');
  await expect(log(alice).getByText('Hello Alice')).toBeVisible();
  await say(alice, 'How are you?');
  await expect(log(bob).getByText('How are you?')).toBeVisible();

  for (const person of [alice, bob]) {
    await person.page.reload();
    for (const text of ['Hello Bob', 'Hello Alice', 'How are you?']) {
      await expect(log(person).getByText(text)).toBeVisible();
    }
  }
  expect([...alice.complaints, ...bob.complaints]).toEqual([]);
});

test('a group of three hears everybody', async ({ browser }) => {
  const [alice, bob, carol] = await Promise.all(['Alice', 'Bob', 'Carol'].map((first) => arrive(browser, first)));
  if (!alice || !bob || !carol) throw new Error('somebody is missing');
  for (const person of [alice, bob, carol]) await register(person);

  await alice.page.getByRole('button', { name: 'New chat' }).click();
  for (const other of [bob, carol]) {
    await alice.page.getByLabel('Search people').fill(other.username);
    await alice.page.getByRole('button', { name: other.name }).click();
  }
  await alice.page.getByLabel('Group name').fill('Weekend');
  await alice.page.getByRole('button', { name: 'Create group of 3' }).click();
  await say(alice, 'Who is in?');

  for (const other of [bob, carol]) {
    await other.page.getByRole('link', { name: 'Weekend' }).click();
    await expect(log(other).getByText('Who is in?')).toBeVisible();
    await say(other, `${other.name} is`);
    await expect(log(alice).getByText(`${other.name} is`)).toBeVisible();
  }
});

test('what is written offline goes out, once and in order, when the line is back', async ({ browser }) => {
  const alice = await arrive(browser, 'Alice');
  const bob = await arrive(browser, 'Bob');
  await register(alice);
  await register(bob);
  await startChat(alice, bob);
  await say(alice, 'before');
  await bob.page.getByRole('link', { name: alice.name }).click();

  await alice.page.context().setOffline(true);
  await expect(alice.page.getByText('You are offline')).toBeVisible();
  for (const text of ['one', 'two', 'three']) await say(alice, text);
  await expect(log(alice).getByText('Sending')).toHaveCount(3);
  await alice.page.context().setOffline(false);

  await expect(log(alice).getByText('Sent', { exact: true })).toHaveCount(4, { timeout: 15_000 });
  await expect(
    log(bob)
      .locator('p')
      .filter({ hasText: /^(one|two|three)$/ }),
  ).toHaveText(['one', 'two', 'three']);
});

test('a long history scrolls back to its beginning without losing the place', async ({ browser }) => {
  const alice = await arrive(browser, 'Alice');
  const bob = await arrive(browser, 'Bob');
  await register(alice);
  await register(bob);
  await startChat(alice, bob);
  // The bucket for sending holds thirty, so this stays below it.
  for (let n = 1; n <= 28; n += 1) await say(alice, `line ${n} ${'and some more words '.repeat(n % 7)}`);
  await expect(log(alice).getByText('Sent', { exact: true }).last()).toBeAttached();
  await expect(log(alice).getByText('line 28')).toBeInViewport();
  await alice.page.getByRole('textbox').fill('a draft\nthat takes\nmore and more\nroom\nfrom the list');
  await expect(log(alice).getByText('line 28')).toBeInViewport({ ratio: 1 });

  await log(alice).hover();
  await alice.page.mouse.wheel(0, -20_000);
  await expect(alice.page.getByText('This is the beginning')).toBeInViewport();
  const first = log(alice).getByText(/^line 1 /);
  const before = await first.boundingBox();
  await bob.page.getByRole('link', { name: alice.name }).click();
  await say(bob, 'news');
  await expect(alice.page.getByRole('button', { name: '1 new, jump to the end' })).toBeVisible();
  expect((await first.boundingBox())?.y).toBe(before?.y);

  await alice.page.getByRole('button', { name: '1 new, jump to the end' }).click();
  await expect(log(alice).getByText('news')).toBeInViewport();
});

test('what a chat begins with is asked for before the app is there, and once', async ({ browser }) => {
  const [alice, bob] = [await arrive(browser, 'Alice'), await arrive(browser, 'Bob')];
  const [asAlice, asBob] = [await join(alice), await join(bob)];
  const id = await converse(asAlice, [asBob]);
  await write(asAlice, id, ['Hello Bob']);
  const asked: string[] = [];
  alice.page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await alice.page.goto(`/c/${id}`);
  await expect(log(alice).getByText('Hello Bob')).toBeVisible();
  const at = (path: string | RegExp) => asked.findIndex((each) => each.match(path));
  expect(at('/api/v1/conversations')).toBeLessThan(at(/\/assets\/chat-/));
  expect(asked.filter((path) => path === `/api/v1/conversations/${id}/messages`)).toHaveLength(1);
  expect(alice.complaints).toEqual([]);
});

test('on a phone there is one pane at a time, and the back button goes back', async ({ browser }) => {
  const alice = await arrive(browser, 'Alice', { viewport: { width: 390, height: 844 } });
  const bob = await arrive(browser, 'Bob');
  await register(bob);
  await register(alice);
  const { page } = alice;
  const list = page.getByRole('heading', { name: 'Chats' });
  const conversation = page.getByRole('heading', { name: bob.name });

  await startChat(alice, bob);
  await expect(conversation).toBeVisible();
  await expect(list).toBeHidden();
  await page.goBack();
  await expect(list).toBeVisible();
  await expectAccessible(page);
  await expect(conversation).toBeHidden();
  await page.getByRole('link', { name: bob.name }).click();
  await page.getByRole('link', { name: 'Back to conversations' }).click();
  await expect(list).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
});

test('a very long name is shown by whole lines', async ({ browser }) => {
  const [alice, bob] = [await arrive(browser, 'Alice'), await arrive(browser, 'Bob')];
  bob.name = `Bob ${'of Somewhere in Particular '.repeat(4)}`.slice(0, 100).trim();
  await join(bob);
  await join(alice);
  const { page } = alice;
  const cut = (where: Locator) =>
    where.evaluate((box) => {
      const words = document.createRange();
      words.selectNodeContents(box);
      const { top, bottom } = box.getBoundingClientRect();
      const seen = [...words.getClientRects()].filter((line) => line.bottom > top && line.top < bottom - 1);
      return seen.filter((line) => line.top < top - 1 || line.bottom > bottom + 1).length;
    });
  await page.getByRole('button', { name: 'New chat' }).click();
  await page.getByLabel('Search people').fill(bob.username);
  await page.getByRole('button', { name: bob.name }).click();
  const start = page.getByRole('button', { name: `Chat with ${bob.name}` });
  await expect(start).toBeVisible();
  expect(await cut(start)).toBe(0);
  await start.click();
  const beginning = page.getByText(/^This is the beginning of/);
  await expect(beginning).toBeVisible();
  expect(await cut(beginning)).toBe(0);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`nothing stands in anybody's way (${colorScheme})`, async ({ browser }) => {
    const alice = await arrive(browser, 'Alice', { colorScheme });
    const bob = await arrive(browser, 'Bob', { colorScheme });
    const { page } = alice;
    await page.goto('/login');
    await page.getByRole('button', { name: 'Log in' }).click();
    await expect(page.getByText('Please enter your e-mail address')).toBeVisible();
    await expectAccessible(page);
    await page.goto('/register');
    await page.getByLabel('Password', { exact: true }).fill('Abc');
    await expectAccessible(page);

    await register(bob);
    await register(alice);
    await expectAccessible(page);
    await page.getByRole('button', { name: 'New chat' }).click();
    await page.getByLabel('Search people').fill(bob.username);
    await page.getByRole('button', { name: bob.name }).click();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await expect(page.getByRole('button', { name: 'New chat' })).toBeFocused();

    await startChat(alice, bob);
    await say(alice, 'See https://example.org');
    await bob.page.getByRole('link', { name: alice.name }).click();
    await say(bob, 'Thanks!');
    await expect(log(alice).getByText('Thanks!')).toBeVisible();
    await expectAccessible(page);
    // Axe takes "AA", as Alice's picture has it, for a sign and not for words.
    await expectAccessible(bob.page);
    expect([...alice.complaints, ...bob.complaints]).toEqual([]);
  });
}
