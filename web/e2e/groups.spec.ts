import { type Browser, expect, type Page, test } from '@playwright/test';
import { arrive, expectAccessible, log, type Person, register, say, startChat } from './people';

// Three browsers have much to do.
test.describe.configure({ timeout: 120_000 });

type Options = Parameters<typeof arrive>[2];

async function three(browser: Browser, options: Options = {}): Promise<[Person, Person, Person]> {
  const alice = await arrive(browser, 'Alice', options);
  const bob = await arrive(browser, 'Bob');
  const carol = await arrive(browser, 'Carol');
  for (const person of [alice, bob, carol]) await register(person);
  return [alice, bob, carol];
}

async function createGroup({ page }: Person, others: Person[], title: string) {
  await page.getByRole('button', { name: 'New chat' }).click();
  for (const other of others) {
    await page.getByLabel('Search people').fill(other.username);
    await page.getByRole('button', { name: other.name }).click();
  }
  await page.getByLabel('Group name').fill(title);
  await page.getByRole('button', { name: `Create group of ${others.length + 1}` }).click();
  await expect(page.getByRole('heading', { name: title })).toBeVisible();
}

const openChat = ({ page }: Person, name: string) => page.getByRole('link', { name }).click();
const members = (page: Page) => page.getByRole('list', { name: 'Members' }).getByRole('listitem');
const menuItem = (page: Page, name: string) => page.getByRole('menuitem', { name });

async function choose(page: Page, menu: string, item: string) {
  await page.getByRole('button', { name: menu }).click();
  await menuItem(page, item).click();
}

test('three people manage a group, and each sees it at once', async ({ browser }) => {
  const [alice, bob, carol] = await three(browser);
  await startChat(alice, bob);
  await createGroup(alice, [bob, carol], 'Weekend');
  for (const other of [bob, carol]) await openChat(other, 'Weekend');

  // A new name, for everybody.
  await choose(alice.page, 'Group menu', 'Name and picture');
  await alice.page.getByLabel('Group name').fill(' ');
  await alice.page.getByRole('button', { name: 'Save' }).click();
  await expect(alice.page.getByText('A group needs a name')).toBeVisible();
  await alice.page.getByLabel('Group name').fill('Long weekend');
  await alice.page.getByLabel('Picture address').fill('https://example.org/hills.png');
  await alice.page.keyboard.press('Enter');
  for (const { page } of [alice, bob, carol]) {
    await expect(page.getByRole('heading', { name: 'Long weekend' })).toBeVisible();
    await expect(page.getByRole('link', { name: 'Long weekend' })).toBeVisible();
  }

  // A member may look and leave; an admin may do more, at once.
  await bob.page.getByRole('button', { name: 'Group menu' }).click();
  await expect(bob.page.getByRole('menuitem')).toHaveText(['Members', 'Leave group']);
  await menuItem(bob.page, 'Members').click();
  await expect(members(bob.page)).toHaveCount(3);
  await expect(members(bob.page).first()).toContainText('You');
  await alice.page.getByRole('button', { name: 'Members of Long weekend' }).click();
  await choose(alice.page, `What to do with ${bob.name}`, 'Make admin');
  for (const { page } of [alice, bob]) {
    await expect(members(page).filter({ hasText: bob.name })).toContainText('admin');
  }
  await expect(bob.page.getByRole('button', { name: 'Add people' })).toBeVisible();
  await choose(bob.page, `What to do with ${carol.name}`, 'Remove from group');
  await bob.page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();

  // Whoever is removed while looking is told calmly, and finds the way back.
  await expect(carol.page.getByText('You are no longer in this group')).toBeVisible();
  await expect(carol.page.getByRole('link', { name: 'Long weekend' })).toBeHidden();
  for (const { page } of [alice, bob]) await expect(members(page)).toHaveCount(2);
  await carol.page.getByRole('link', { name: 'Back to your chats' }).click();
  await expect(carol.page.getByText('No conversations yet')).toBeVisible();

  // Bob takes her in again; she sees what was written meanwhile.
  await alice.page.keyboard.press('Escape');
  await say(alice, 'Is Carol gone?');
  await bob.page.getByRole('button', { name: 'Add people' }).click();
  await bob.page.getByLabel('Search people').fill(alice.username);
  await expect(bob.page.getByRole('button', { name: alice.name })).toContainText('In the group');
  await bob.page.getByLabel('Search people').fill(carol.username);
  await bob.page.getByRole('button', { name: carol.name }).click();
  await bob.page.getByRole('button', { name: `Add ${carol.name}` }).click();
  await expect(members(bob.page)).toHaveCount(3);
  await openChat(carol, 'Long weekend');
  await expect(log(carol).getByText('Is Carol gone?')).toBeVisible();

  // The only owner leaves: it is said who follows.
  await bob.page.keyboard.press('Escape');
  await choose(alice.page, 'Group menu', 'Leave group');
  await expect(alice.page.getByRole('alertdialog')).toContainText(`${bob.name} becomes owner in your place`);
  await alice.page.getByRole('alertdialog').getByRole('button', { name: 'Leave group' }).click();
  await expect(alice.page.getByRole('link', { name: 'Long weekend' })).toBeHidden();
  await expect(bob.page.getByText('2 members')).toBeVisible();
  await choose(bob.page, 'Group menu', 'Delete group');
  await bob.page.getByRole('alertdialog').getByRole('button', { name: 'Delete group' }).click();
  await expect(carol.page.getByText('This conversation was deleted')).toBeVisible();
  expect([...alice.complaints, ...bob.complaints, ...carol.complaints]).toEqual([]);
});

test('what changed while one was away is right when one is back', async ({ browser }) => {
  const [alice, bob, carol] = await three(browser);
  await createGroup(alice, [bob, carol], 'Book club');
  await openChat(bob, 'Book club');
  await openChat(carol, 'Book club');
  for (const { page } of [bob, carol]) await page.context().setOffline(true);

  await choose(alice.page, 'Group menu', 'Name and picture');
  await alice.page.getByLabel('Group name').fill('Film club');
  await alice.page.keyboard.press('Enter');
  await expect(alice.page.getByRole('heading', { name: 'Film club' })).toBeVisible();
  await alice.page.getByRole('button', { name: 'Members of Film club' }).click();
  await choose(alice.page, `What to do with ${carol.name}`, 'Remove from group');
  await alice.page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
  await expect(members(alice.page)).toHaveCount(2);

  for (const { page } of [bob, carol]) await page.context().setOffline(false);
  await expect(bob.page.getByRole('heading', { name: 'Film club' })).toBeVisible({ timeout: 15_000 });
  await expect(bob.page.getByText('2 members')).toBeVisible();
  await expect(carol.page.getByText('You are no longer in this group')).toBeVisible({ timeout: 15_000 });
});

test('somebody is found and gone to by keyboard alone', async ({ browser }) => {
  const [alice, bob, carol] = await three(browser);
  const { page } = alice;
  await startChat(alice, bob);
  await createGroup(alice, [bob, carol], 'Ümläut crew');
  const composer = page.getByRole('textbox', { name: /^Message to/ });

  await composer.press('Control+k');
  await expect(page.getByRole('combobox')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(composer).toBeFocused();

  await page.keyboard.press('Control+k');
  await page.keyboard.type(bob.username);
  await expect(page.getByRole('option', { selected: true })).toContainText(bob.name);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: bob.name })).toBeVisible();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('umlaut');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Ümläut crew' })).toBeVisible();

  // Somebody with whom there is no chat yet.
  await page.keyboard.press('Control+k');
  await page.keyboard.type(carol.username);
  await expect(page.getByRole('option', { name: carol.name })).toContainText('start a chat');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('textbox', { name: `Message to ${carol.name}` })).toBeVisible();

  // The list: the filter, arrows, and Enter.
  const filter = page.getByRole('searchbox', { name: 'Filter chats' });
  await filter.fill('umlaut crew');
  await expect(page.getByRole('navigation', { name: 'Conversations' }).getByRole('link')).toHaveCount(1);
  await filter.press('Escape');
  await expect(filter).toHaveValue('');
  const rows = page.getByRole('navigation', { name: 'Conversations' }).getByRole('link');
  await expect(rows).toHaveCount(3);
  await filter.press('ArrowDown');
  await expect(rows.first()).toBeFocused();
  await page.keyboard.press('End');
  await expect(rows.last()).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await expect(rows.nth(1)).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(rows.nth(1)).toHaveAttribute('aria-current', 'page');

  await page.keyboard.press('Control+/');
  await expect(page.getByRole('dialog', { name: 'Keyboard' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
});

test('on a phone, back closes what is open, one thing at a time', async ({ browser }) => {
  const [alice, bob, carol] = await three(browser, { viewport: { width: 390, height: 844 }, hasTouch: true });
  const { page } = alice;
  await createGroup(alice, [bob, carol], 'Weekend');
  await page.goto('/');
  await page.getByRole('link', { name: 'Weekend' }).tap();
  await page.getByRole('button', { name: 'Members of Weekend' }).tap();
  await page.getByRole('button', { name: 'Add people' }).tap();
  const dialog = (name: string | RegExp) => page.getByRole('dialog', { name });
  await expect(dialog('Add people to Weekend')).toBeVisible();
  await page.goBack();
  await expect(dialog(/^Members/)).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('dialog')).toBeHidden();
  await expect(page.getByRole('heading', { name: 'Weekend' })).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'Chats' })).toBeVisible();

  // The button in the header goes back in the history, too: nothing leads into the conversation again.
  await page.getByRole('link', { name: 'Weekend' }).tap();
  await page.getByRole('link', { name: 'Back to conversations' }).tap();
  await expect(page.getByRole('heading', { name: 'Chats' })).toBeVisible();
  await page.goForward();
  await expect(page.getByRole('heading', { name: 'Weekend' })).toBeVisible();
});

test('addresses that lead nowhere say so', async ({ browser }) => {
  const alice = await arrive(browser, 'Alice');
  await register(alice);
  const { page } = alice;
  for (const id of ['01900000-0000-7000-8000-000000000001', 'nonsense']) {
    await page.goto(`/c/${id}`);
    await expect(page.getByText('This conversation is not available')).toBeVisible();
    await expect(page.getByText('It does not exist, or not any more.')).toBeVisible();
  }
  await page.goto('/no/such/page');
  await page.getByRole('link', { name: 'To your chats' }).click();
  await expect(page.getByRole('heading', { name: 'Chats' })).toBeVisible();
});

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [390, 1280]) {
    test(`no dialog stands in anybody's way (${colorScheme}, ${width} px)`, async ({ browser }) => {
      const [alice, bob, carol] = await three(browser, { colorScheme, viewport: { width, height: 800 } });
      const { page } = alice;
      const expectGood = async () => {
        await expectAccessible(page);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      };
      await createGroup(alice, [bob, carol], 'Weekend');
      await page.getByRole('button', { name: 'Group menu' }).click();
      await expect(page.getByRole('menu')).toBeVisible();
      await expectGood();
      await menuItem(page, 'Members').click();
      await expect(members(page)).toHaveCount(3);
      await expectGood();
      await page.getByRole('button', { name: 'Add people' }).click();
      await page.getByLabel('Search people').fill(carol.username);
      await expect(page.getByText('In the group')).toBeVisible();
      await expectGood();
      await page.goBack();
      await page.goBack();
      for (const item of ['Name and picture', 'Leave group', 'Delete group']) {
        await choose(page, 'Group menu', item);
        await expect(page.getByRole('dialog').or(page.getByRole('alertdialog'))).toBeVisible();
        await expectGood();
        await page.keyboard.press('Escape');
        await expect(page.getByRole('dialog').or(page.getByRole('alertdialog'))).toBeHidden();
        await expect(page.getByRole('button', { name: 'Group menu' })).toBeFocused();
      }
      await page.keyboard.press('Control+k');
      await expect(page.getByRole('option')).toHaveCount(1);
      await expectGood();
      await page.keyboard.press('Escape');
      await page.keyboard.press('Control+/');
      await expect(page.getByRole('dialog', { name: 'Keyboard' })).toBeVisible();
      await expectGood();
      await page.keyboard.press('Escape');
      await page.goto('/no/such/page');
      await expectGood();
      await page.goto('/c/nonsense');
      await expect(page.getByText('This conversation is not available')).toBeVisible();
      await expectGood();
    });
  }
}
