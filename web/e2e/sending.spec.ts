import { expect, test } from '@playwright/test';
import { arrive, converse, expectAccessible, join, log, open, say, two } from './people';

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
