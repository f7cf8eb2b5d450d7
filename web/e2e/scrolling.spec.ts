import { expect, test } from '@playwright/test';
import { bubble, log, numbers, open, say, two, write } from './people';

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

for (const [motion, reducedMotion] of [
  ['motion', 'no-preference'],
  ['no motion', 'reduce'],
] as const) {
  test(`what one jumped to is tinted for a moment (${motion})`, async ({ browser }) => {
    const { alice, asAlice, asBob, id } = await two(browser, { reducedMotion });
    const [asked] = await write(asBob, id, ['Shall we?']);
    await write(asAlice, id, ['We shall'], { replyToId: asked?.id });
    await open(alice, id);
    await expect(bubble(alice, 'We shall')).toContainText('Shall we?');
    // Behind the words, in every frame from now on.
    await log(alice).evaluate((list) => {
      const row = list.querySelector('article');
      const tints: string[] = [];
      Object.assign(window, { tints });
      const look = () => {
        const tint = row?.querySelector('.animate-flash');
        if (tint || tints.length > 0) tints.push(tint ? getComputedStyle(tint).backgroundColor : 'over');
        requestAnimationFrame(look);
      };
      look();
    });
    await bubble(alice, 'We shall').getByRole('button').click();
    const tints = () => alice.page.evaluate(() => (window as unknown as { tints: string[] }).tints);
    await expect.poll(tints).toContain('over');
    const clear = 'rgba(0, 0, 0, 0)';
    const seen = await tints();
    expect(seen[0]).not.toBe(clear);
    const shades = new Set(seen.filter((shade) => shade !== clear && shade !== 'over')).size;
    if (reducedMotion === 'reduce') expect(shades).toBe(1);
    else expect(shades).toBeGreaterThan(1);
  });
}
