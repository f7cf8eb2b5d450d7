import { expect, test } from '@playwright/test';
import { arrive, converse, join, log, say } from './people';
import { program, Server } from './server';

const count = 20_000;
test.skip(!program, 'TRICE_PROGRAM names no server whose database may be filled');
test.setTimeout(300_000);

let server: Server;
test.beforeEach(async () => {
  server = await Server.create();
  await server.start();
});
test.afterEach(() => server.remove());

/** Two people have said very much, and read it all. */
const fill = (conversationId: string, one: string, other: string) => `
  insert into messages (id, conversation_id, seq, sender_id, content, client_message_id, created_at, updated_at)
  select gen_random_uuid(), '${conversationId}', n, case when n / 7 % 2 = 0 then '${one}'::uuid else '${other}'::uuid end,
    'line ' || n || ' ' || repeat('and more ', n % 23), gen_random_uuid(), moment, moment
  from generate_series(1, ${count}) n, lateral (select now() - (${count} - n) * interval '1 minute' as moment) as times;
  update conversations set last_seq = ${count} where id = '${conversationId}';
  update conversation_participants set last_read_seq = ${count} where conversation_id = '${conversationId}'`;

test(`${count} messages are scrolled through from the end to the beginning and back`, async ({ browser }) => {
  const options = { baseURL: server.url };
  const [alice, bob] = [await arrive(browser, 'Alice', options), await arrive(browser, 'Bob', options)];
  const [asAlice, asBob] = [await join(alice), await join(bob)];
  const id = await converse(asAlice, [asBob]);
  await server.sql(fill(id, asAlice.id, asBob.id));

  const { page } = alice;
  await page.goto(`/c/${id}`);
  const list = log(alice);
  await expect(list.getByText(`line ${count} `)).toBeInViewport();

  const begun = Date.now();
  await expect(async () => {
    await list.evaluate((each) => each.scrollTo(0, 0));
    await expect(page.getByText('This is the beginning')).toBeInViewport({ timeout: 100 });
  }).toPass({ intervals: [30], timeout: 200_000 });
  console.log(`all ${count} loaded upward in ${Date.now() - begun} ms`);
  await expect(list.getByText(/^line 1 /)).toBeInViewport();

  // Down again by the wheel, with all of it loaded. No frame may be blank.
  await list.hover();
  await list.evaluate((each) => {
    const frames: number[] = [];
    let blank = 0;
    let last = performance.now();
    const look = (now: number) => {
      frames.push(now - last);
      last = now;
      const { left, top, width, height } = each.getBoundingClientRect();
      if (!document.elementFromPoint(left + width / 2, top + height / 2)?.closest('[data-index]')) blank += 1;
      Object.assign(window, { seen: { frames, blank } });
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  for (let turn = 0; turn < 120; turn += 1) await page.mouse.wheel(0, 400);
  const { frames, blank } = await page.evaluate(
    () => (window as unknown as { seen: { frames: number[]; blank: number } }).seen,
  );
  const sorted = frames.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.floor(sorted.length * share)] ?? 0);
  console.log(`${frames.length} frames while scrolling: median ${at(0.5)} ms, p95 ${at(0.95)} ms, ${blank} blank`);
  expect(blank).toBe(0);

  const jumped = Date.now();
  await page.getByRole('button', { name: 'Jump to the end' }).click();
  await expect(list.getByText(`line ${count} `)).toBeInViewport();
  console.log(`jump to the end: ${Date.now() - jumped} ms`);
  const sent = Date.now();
  await say(alice, 'one more');
  await expect(list.getByText('one more')).toBeInViewport();
  console.log(`own message in sight: ${Date.now() - sent} ms`);
});
