import AxeBuilder from '@axe-core/playwright';
import { type Browser, type BrowserContextOptions, expect, type Page } from '@playwright/test';

export const password = 'Correct-horse-7';
const run = Date.now().toString(36);

/** Somebody with a browser of their own. What their console complains about is kept. */
export type Person = { page: Page; name: string; username: string; email: string; complaints: string[] };

export async function arrive(browser: Browser, first: string, options: BrowserContextOptions = {}): Promise<Person> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  const username = `${first.toLowerCase()}_${run}_${Math.random().toString(36).slice(2, 7)}`;
  return { page, complaints, username, name: `${first} ${username}`, email: `${username}@example.org` };
}

export async function register(person: Person): Promise<void> {
  const { page } = person;
  await page.goto('/register');
  await page.getByLabel('Name', { exact: true }).fill(person.name);
  await page.getByLabel('Username').fill(person.username);
  await page.getByLabel('E-mail').fill(person.email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByRole('heading', { name: 'Chats' })).toBeVisible();
}

/** What somebody does without their browser. */
export type Caller = {
  id: string;
  call: <T = unknown>(method: 'get' | 'post' | 'patch' | 'delete', path: string, data?: object) => Promise<T>;
};

/** Registers without the form, which other tests look at, and opens the app. */
export async function join({ page, name, username, email }: Person): Promise<Caller> {
  const answer = await page.request.post('/api/v1/auth/register', {
    data: { email, username, password, displayName: name },
  });
  const { user, accessToken, expiresIn } = (await answer.json()).data;
  const session = { userId: user.id, accessToken, renewAt: Date.now() + expiresIn * 800 };
  await page.goto('/login');
  await page.evaluate((stored) => localStorage.setItem('trice.session', JSON.stringify(stored)), session);
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'Chats' })).toBeVisible();
  return {
    id: user.id,
    call: async (method, path, data) => {
      const headers = { Authorization: `Bearer ${accessToken}` };
      const answer = await page.request[method](`/api/v1${path}`, { headers, ...(data && { data }) });
      expect(answer.ok(), `${method} ${path}: ${answer.status()}`).toBe(true);
      return answer.status() === 204 ? undefined : (await answer.json()).data;
    },
  };
}

/** Writes messages without a browser, in this order. Answers them. */
export async function write(caller: Caller, conversationId: string, texts: string[], more: object = {}) {
  const messages: { id: string; seq: number }[] = [];
  for (const content of texts) {
    const body = { content, clientMessageId: crypto.randomUUID(), ...more };
    messages.push(await caller.call('post', `/conversations/${conversationId}/messages`, body));
  }
  return messages;
}

/** A conversation of these people. */
export async function converse(caller: Caller, others: Caller[], title?: string): Promise<string> {
  const participantIds = others.map(({ id }) => id);
  const body = title ? { type: 'group', title, participantIds } : { type: 'direct', participantIds };
  return (await caller.call<{ id: string }>('post', '/conversations', body)).id;
}

/** Two people in a conversation; the first one is where it can be opened. */
export async function two(browser: Browser, options: BrowserContextOptions = {}) {
  const [alice, bob] = [await arrive(browser, 'Alice', options), await arrive(browser, 'Bob')];
  const callers = [await join(alice), await join(bob)] as const;
  const id = await converse(callers[0], [callers[1]]);
  return { alice, bob, asAlice: callers[0], asBob: callers[1], id };
}

/** Opens a conversation. */
export async function open({ page }: Person, id: string): Promise<void> {
  await page.goto(`/c/${id}`);
  await expect(page.getByRole('log')).toBeVisible();
}

export async function logIn(page: Page, person: Person, secret = password): Promise<void> {
  await page.getByLabel('E-mail').fill(person.email);
  await page.getByLabel('Password', { exact: true }).fill(secret);
  await page.getByRole('button', { name: 'Log in' }).click();
}

/** The same person on another device, logged in at `path`. */
export async function secondDevice(browser: Browser, person: Person, path = '/'): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(path);
  await logIn(page, person);
  await expect(page.getByRole('link', { name: path === '/' ? 'Settings' : 'Back to chats' })).toBeAttached();
  return page;
}

/** Finds somebody and opens the conversation with them. */
export async function startChat(person: Person, other: Person): Promise<void> {
  const { page } = person;
  await page.getByRole('button', { name: 'New chat' }).click();
  await page.getByLabel('Search people').fill(other.username);
  await page.getByRole('button', { name: other.name }).click();
  await page.getByRole('button', { name: `Chat with ${other.name}` }).click();
  await expect(page.getByRole('textbox', { name: `Message to ${other.name}` })).toBeVisible();
}

export async function say(person: Person, text: string): Promise<void> {
  const composer = person.page.getByRole('textbox', { name: /^Message to/ });
  await composer.fill(text);
  await composer.press('Enter');
}

export function log(person: Person) {
  return person.page.getByRole('log');
}

/** The message that says so, with all that is in its bubble. */
export function bubble(person: Person, text: string) {
  return log(person).locator('[data-bubble]').filter({ hasText: text });
}

/** So many messages that can be told apart. */
export function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}`);
}

export async function expectAccessible(page: Page): Promise<void> {
  // Colours in the middle of fading in are nobody's final colours.
  await page.evaluate(() =>
    Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {}))),
  );
  // Whoever speaks to the computer says what they see; axe leaves that out unless it is asked.
  const rules = { 'label-content-name-mismatch': { enabled: true } };
  const { violations } = await new AxeBuilder({ page }).options({ rules }).analyze();
  expect(violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html }) => html) }))).toEqual([]);
}
