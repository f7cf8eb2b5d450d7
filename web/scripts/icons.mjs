// Draws the icons of the installed app from its mark, with the browser that the tests use: `node scripts/icons.mjs`.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { chromium } from '@playwright/test';

/** Like the manifest's: what stands behind the mark while the app starts. */
const background = '#eef0f7';
const mark = await readFile(new URL('../public/favicon.svg', import.meta.url), 'utf8');

/** Size of the file, the part of it that the mark takes, and whether something is behind it. */
const icons = {
  'icon-192.png': { size: 192, part: 0.92 },
  'icon-512.png': { size: 512, part: 0.92 },
  // Phones cut these to their own shape: all that matters lies within the inner four fifths.
  'icon-maskable-512.png': { size: 512, part: 0.56, filled: true },
  'icon-180.png': { size: 180, part: 0.7, filled: true },
};

const executablePath = process.env.CHROMIUM ?? ['/usr/bin/chromium'].find(existsSync);
const browser = await chromium.launch({ ...(executablePath && { executablePath }), args: ['--no-sandbox'] });
const page = await browser.newPage();
for (const [name, { size, part, filled }] of Object.entries(icons)) {
  await page.setViewportSize({ width: size, height: size });
  await page.setContent(`
    <style>
      body { margin: 0; background: transparent }
      div { display: grid; place-items: center; width: ${size}px; height: ${size}px;
        background: ${filled ? background : 'none'} }
      svg { width: ${size * part}px; height: ${size * part}px }
    </style>
    <div>${mark}</div>`);
  await page.screenshot({ path: new URL(`../public/${name}`, import.meta.url).pathname, omitBackground: true });
}
await browser.close();
