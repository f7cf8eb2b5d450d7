// Prints what Lighthouse says of the pages of the Trice at TRICE_URL, and how long it takes until a chat can be used on a
// slow phone; fails below the targets. `make measure` starts a Trice with the demo for it.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chromium } from '@playwright/test';

const url = process.env.TRICE_URL ?? 'http://localhost:8000';
const least = 95;
const longest = 3000;
const categories = ['performance', 'accessibility', 'best-practices'];
// Not among the dependencies: few need it, and it is larger than all of them together.
const lighthouse = ['--yes', 'lighthouse@13.5.0'];

const executablePath = process.env.CHROMIUM ?? ['/usr/bin/chromium'].find(existsSync);
const folder = await mkdtemp(join(tmpdir(), 'trice-lighthouse-'));
const port = await freePort();
const context = await chromium.launchPersistentContext(join(folder, 'profile'), {
  ...(executablePath && { executablePath }),
  args: [
    '--no-sandbox',
    `--remote-debugging-port=${port}`,
    // One that nobody knows: scripts/deployment made it itself.
    ...(url.startsWith('https://localhost:') ? ['--ignore-certificate-errors'] : []),
  ],
});
let failed = false;
try {
  await logIn();
  const chat = await context.pages()[0].evaluate(() => location.pathname);
  const rows = [];
  for (const path of ['/', chat, '/settings/profile']) rows.push(await audit(path));
  await context.pages()[0].evaluate(() => localStorage.removeItem('trice.session'));
  rows.push(await audit('/login'));
  console.table(rows);
  failed ||= rows.some((row) => categories.some((category) => row[category] < least));

  await logIn();
  const times = [];
  for (let visit = 0; visit < 3; visit += 1) times.push(await timeToChat(chat));
  const best = times.toSorted((a, b) => a - b)[1];
  console.log(
    `A chat can be used after ${times.join(', ')} ms (4× slower CPU, fast 3G, nothing cached); target: ${longest} ms.`,
  );
  failed ||= best > longest;
} finally {
  await context.close();
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;

/** As somebody with a life in the demo, with a conversation open. */
async function logIn() {
  const page = context.pages()[0];
  await page.goto(`${url}/login`);
  await page.getByLabel('E-mail').fill('mara@example.org');
  await page.getByLabel('Password', { exact: true }).fill('Tea4Everybody');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('link', { name: 'Product team' }).click();
  await page.getByRole('log').waitFor();
}

async function audit(path) {
  const report = join(folder, 'report.json');
  await promisify(execFile)('npx', [
    ...lighthouse,
    new URL(path, url).href,
    `--port=${port}`,
    '--quiet',
    '--disable-storage-reset',
    `--only-categories=${categories.join(',')}`,
    '--output=json',
    `--output-path=${report}`,
  ]);
  const { categories: found, audits } = JSON.parse(await readFile(report, 'utf8'));
  const scores = Object.fromEntries(categories.map((each) => [each, Math.round(found[each].score * 100)]));
  const wrong = Object.values(audits).filter(
    ({ score, scoreDisplayMode }) => scoreDisplayMode === 'binary' && score === 0,
  );
  for (const { id, title, details } of wrong) {
    const where = details?.items?.map(({ node }) => node?.snippet).filter(Boolean) ?? [];
    console.log([`${path}: ${id}: ${title}`, ...where].join('\n  '));
  }
  const time = (id) => `${Math.round(audits[id].numericValue)} ms`;
  return {
    page: path.startsWith('/c/') ? '/c/…' : path,
    ...scores,
    'first paint': time('first-contentful-paint'),
    'largest paint': time('largest-contentful-paint'),
    blocked: time('total-blocking-time'),
  };
}

/** Milliseconds from asking for the page to messages and a place to write, as DevTools' "Fast 3G" has the line. */
async function timeToChat(path) {
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send('Network.enable');
  await devtools.send('Network.setCacheDisabled', { cacheDisabled: true });
  await devtools.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 562.5,
    downloadThroughput: (1.6e6 / 8) * 0.9,
    uploadThroughput: (750e3 / 8) * 0.9,
  });
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  const begun = Date.now();
  await page.goto(new URL(path, url).href, { waitUntil: 'commit' });
  await page.getByRole('textbox', { name: /^Message to/ }).waitFor();
  await page.locator('[role=log] time').first().waitFor();
  const time = Date.now() - begun;
  await page.close();
  return time;
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
