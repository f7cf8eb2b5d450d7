import { expect, test } from '@playwright/test';
import { arrive, converse, expectAccessible, join, log, type Person, say } from './people';
import { program, Server } from './server';

test.skip(!program, 'TRICE_PROGRAM names no server that may be killed');
test.setTimeout(240_000);

let server: Server;
test.beforeEach(async () => {
  server = await Server.create();
  await server.start();
});
test.afterEach(() => server.remove());

/** What somebody sees, in its order. The window is so high that all of it is drawn. */
const seen = (person: Person) =>
  log(person)
    .locator('p.whitespace-pre-wrap')
    .evaluateAll((lines) => lines.map((line) => line.firstChild?.textContent ?? ''));

test('the server is killed while people write: everybody has everything once, in one order', async ({ browser }) => {
  const options = { baseURL: server.url, viewport: { width: 1000, height: 6000 } };
  const [alice, bob, carol] = [
    await arrive(browser, 'Alice', options),
    await arrive(browser, 'Bob', options),
    await arrive(browser, 'Carol', options),
  ];
  const callers = [await join(alice), await join(bob), await join(carol)] as const;
  const id = await converse(callers[0], [callers[1], callers[2]], 'Storm');
  const everybody = [alice, bob, carol];
  for (const { page } of everybody) {
    await page.goto(`/c/${id}`);
    await expect(page.getByRole('log')).toBeVisible();
  }

  const expected: string[] = [];
  const writes = async (person: Person, name: string) => {
    for (let n = 1; n <= 40; n += 1) {
      expected.push(`${name} ${n}`);
      await say(person, `${name} ${n}`);
    }
  };
  const disaster = async () => {
    for (const count of [12, 30, 50]) {
      await expect.poll(() => expected.length, { intervals: [20], timeout: 60_000 }).toBeGreaterThan(count);
      await server.kill();
      await expect.poll(() => expected.length, { intervals: [20], timeout: 60_000 }).toBeGreaterThan(count + 8);
      await server.start();
    }
  };
  await Promise.all([writes(alice, 'alice'), writes(bob, 'bob'), disaster()]);

  for (const person of everybody) {
    await expect.poll(async () => (await seen(person)).toSorted(), { timeout: 90_000 }).toEqual(expected.toSorted());
    await expect(log(person).getByText('Sending')).toHaveCount(0, { timeout: 60_000 });
  }
  const order = await seen(carol);
  for (const person of everybody) expect(await seen(person)).toEqual(order);
  for (const name of ['alice', 'bob']) {
    const own = order.filter((line) => line.startsWith(name));
    expect(own, 'what one person wrote stays in its order').toEqual(expected.filter((line) => line.startsWith(name)));
  }
  // What a newcomer reads is the same.
  await carol.page.reload();
  await expect.poll(() => seen(carol)).toEqual(order);
  await expectAccessible(carol.page);
});
