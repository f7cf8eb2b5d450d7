import { type APIRequestContext, expect, type Locator, type Page, test } from '@playwright/test';
import { arrive, type Person, password } from './people';

const operation = (page: Page, id: string): Locator => page.locator(`.opblock[id$="-${id}"]`);

/** Makes an account without the app, and answers its access token. */
async function account(request: APIRequestContext, person: Person): Promise<string> {
  const { email, username, name: displayName } = person;
  const answer = await request.post('/api/v1/auth/register', { data: { email, username, password, displayName } });
  expect(answer.status()).toBe(201);
  return (await answer.json()).data.accessToken;
}

/** Opens an operation with the keyboard, sends it, and waits for this status. */
async function attempt(page: Page, id: string, status: number, body?: object): Promise<Locator> {
  const block = operation(page, id);
  await block.locator('.opblock-summary-control').press('Enter');
  if (body) await block.getByRole('textbox').fill(JSON.stringify(body));
  await block.getByRole('button', { name: 'Execute' }).press('Enter');
  const live = block.locator('.live-responses-table');
  await expect(live.locator('tbody .response-col_status')).toHaveText(new RegExp(`^${status}`));
  return live;
}

test('the API can be read whole, and tried with a token, without anybody else', async ({
  browser,
  request,
  baseURL,
}) => {
  const alice = await arrive(browser, 'Alice');
  const token = await account(request, alice);
  const { page } = alice;
  const foreign: string[] = [];
  page.on('request', (sent) => {
    if (!/^(data|blob):/.test(sent.url()) && new URL(sent.url()).origin !== baseURL) foreign.push(sent.url());
  });
  await page.goto('/api/docs');
  await expect(page).toHaveTitle('Trice API');

  const document: { tags: { name: string }[]; paths: Record<string, object> } = await (
    await request.get('/api/v1/openapi.json')
  ).json();
  for (const { name } of document.tags) {
    await expect(page.locator(`.opblock-tag[data-tag="${name}"]`)).toBeVisible();
    await expect(page.locator(`.opblock-tag-section:has([data-tag="${name}"]) .opblock`).first()).toBeVisible();
  }
  const operations = Object.values(document.paths).flatMap((path) => Object.keys(path));
  await expect(page.locator('.opblock')).toHaveCount(operations.length);

  await page.getByRole('button', { name: 'Authorize' }).first().press('Enter');
  await page.getByLabel('auth-bearer-value').fill(token);
  await page.getByRole('button', { name: 'Apply credentials' }).first().press('Enter');
  await page.getByRole('button', { name: 'Close' }).last().press('Enter');
  await expect(await attempt(page, 'getMe', 200)).toContainText(alice.username);
  expect({ complaints: alice.complaints, foreign }).toEqual({ complaints: [], foreign: [] });
});

test('whoever signs in on the page is signed in for all of it', async ({ browser, request }) => {
  const alice = await arrive(browser, 'Alice');
  await account(request, alice);
  await alice.page.goto('/api/docs/');
  await attempt(alice.page, 'login', 200, { email: alice.email, password });
  await expect(await attempt(alice.page, 'getMe', 200)).toContainText(alice.username);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the API fits a phone, in ${colorScheme}`, async ({ browser }) => {
    const { page, complaints } = await arrive(browser, 'Alice', {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      colorScheme,
    });
    await page.goto('/api/docs');
    await attempt(page, 'login', 401, { email: 'nobody@example.org', password });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    const background = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const [red] = background.match(/\d+/) ?? [];
    expect(Number(red) < 128).toBe(colorScheme === 'dark');
    // The browser itself writes of the 401.
    expect(complaints.filter((text) => !text.includes('401'))).toEqual([]);
  });
}
